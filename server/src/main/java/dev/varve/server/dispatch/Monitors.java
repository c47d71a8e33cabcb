package dev.varve.server.dispatch;

import dev.varve.protocol.ProtocolVersion;
import dev.varve.protocol.Request;
import dev.varve.server.pubsub.Push;
import dev.varve.server.pubsub.Subscriber;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * The connections that are shown every command, see MONITOR. What a command has changed may still
 * be lost, so it is shown when it is visible. While nobody looks, a command pays for one look at a
 * field. Safe for use by many threads.
 */
public final class Monitors {
  private final InstantSource wallClock;
  private final LongSupplier appended;
  private final Set<Subscriber> all = ConcurrentHashMap.newKeySet();
  private volatile boolean any;

  /** A line, shown once all is visible that the command can have seen. */
  private record Line(byte[] bytes, long sequence) implements Push {
    @Override
    public byte[] encoded(ProtocolVersion version) {
      return bytes;
    }
  }

  /**
   * Begins with nobody.
   *
   * @param appended the number of the last operation, as far as the calling thread has heard
   */
  public Monitors(InstantSource wallClock, LongSupplier appended) {
    this.wallClock = wallClock;
    this.appended = appended;
  }

  /** Returns whether anybody looks. */
  public boolean isAny() {
    return any;
  }

  /** Shows a connection all commands from now on. */
  public synchronized void add(Subscriber connection) {
    all.add(connection);
    any = true;
  }

  /** Shows a connection no more. */
  public synchronized void remove(Subscriber connection) {
    all.remove(connection);
    any = !all.isEmpty();
  }

  /** Shows a command that has run, unless it is for administrators. */
  public void show(Session session, CommandSpec spec, Request request) {
    if (spec.is(CommandFlag.ADMIN) || spec.is(CommandFlag.SKIP_MONITOR)) {
      return;
    }
    show(line(session, client(session), spec, request));
  }

  /**
   * Returns what shows a command that runs a script, to be run once that counts: in front of what
   * the script calls.
   */
  public Runnable ofScript(Session session, CommandSpec spec, Request request) {
    byte[] line = line(session, client(session), spec, request);
    return () -> show(line);
  }

  /**
   * Returns what shows a command that a script has called, to be run once the script counts; null
   * if it isn't shown.
   */
  public Runnable ofScriptsCall(Session session, CommandSpec spec, Request request) {
    if (spec.is(CommandFlag.ADMIN) || spec.is(CommandFlag.SKIP_MONITOR)) {
      return null;
    }
    byte[] line = line(session, "lua", spec, request);
    return () -> show(line);
  }

  private void show(byte[] bytes) {
    Line line = new Line(bytes, appended.getAsLong());
    all.forEach(connection -> connection.deliver(line));
  }

  private byte[] line(Session session, String client, CommandSpec spec, Request request) {
    Instant now = wallClock.instant();
    StringBuilder text = new StringBuilder("+");
    text.append(now.getEpochSecond()).append('.');
    String micros = Integer.toString(now.getNano() / 1000);
    text.append("0".repeat(6 - micros.length())).append(micros);
    text.append(" [").append(session.database()).append(' ').append(client).append(']');
    for (int i = 0; i < request.argumentCount(); i++) {
      boolean secret = Secrets.isSecret(spec, request, i);
      text.append(" \"");
      quote(text, secret ? Secrets.REDACTED : request.argumentString(i));
      text.append('"');
    }
    return text.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
  }

  private static String client(Session session) {
    String address = session.remoteAddress();
    // A socket's path has a port of 0 after it.
    return session.isOnUnixSocket()
        ? "unix:" + address.substring(0, address.lastIndexOf(':'))
        : address;
  }

  private static void quote(StringBuilder text, String bytes) {
    for (int i = 0; i < bytes.length(); i++) {
      char next = bytes.charAt(i);
      switch (next) {
        case '\\', '"' -> text.append('\\').append(next);
        case '\n' -> text.append("\\n");
        case '\r' -> text.append("\\r");
        case '\t' -> text.append("\\t");
        case 7 -> text.append("\\a");
        case '\b' -> text.append("\\b");
        default -> {
          if (next >= ' ' && next <= '~') {
            text.append(next);
          } else {
            text.append("\\x").append(Character.forDigit(next >> 4, 16));
            text.append(Character.forDigit(next & 15, 16));
          }
        }
      }
    }
  }
}
