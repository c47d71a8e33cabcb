package dev.varve.server.command.dump;

import dev.varve.protocol.Request;
import dev.varve.server.command.support.WriterRole;
import dev.varve.server.datatype.KeyEvent;
import dev.varve.server.datatype.KeyLayout;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.migration.TargetConnection;
import dev.varve.server.migration.TargetConnections;
import dev.varve.server.rdb.RdbOutput;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * MIGRATE: sends keys to another server, and removes those that it has taken. By the writer's role,
 * lent to the read pool: nothing is written meanwhile, so what is removed is what was sent; reads
 * go on. See docs/decisions/migrate.md.
 */
final class MigrateCommand {
  private static final Logger LOG = LoggerFactory.getLogger(MigrateCommand.class);

  private static final byte[] NEW_LINE = {'\r', '\n'};

  private final CommandContext context;
  private final Request request;
  private final Keyspace keyspace;
  private final TargetConnections targets;
  private final MigrateArguments arguments;

  /** Which arguments are keys that were found. */
  private final List<Integer> keys = new ArrayList<>();

  /** Those that were sent. */
  private final List<Integer> sent = new ArrayList<>();

  /** How many of those the other server has answered for. */
  private int answered;

  /** What the other server has refused something with; null: nothing. */
  private String targetError;

  /** Whether all was written, and what went wrong did when a reply was waited for. */
  private boolean written;

  private MigrateCommand(CommandContext context, MigrateArguments arguments) {
    this.context = context;
    this.request = context.request();
    this.keyspace = context.keyspace();
    this.targets = context.services().targets();
    this.arguments = arguments;
  }

  static void run(CommandContext context) {
    MigrateArguments arguments = MigrateArguments.of(context);
    WriterRole.need(context);
    new MigrateCommand(context, arguments).run();
  }

  private void run() {
    for (int i = arguments.firstKey(); i < arguments.endOfKeys(); i++) {
      context.selectKey(i);
      if (keyspace.findCounted()) {
        keys.add(i);
      }
    }
    if (keys.isEmpty()) {
      context.reply().simpleString("NOKEY");
    } else if (!attempted(true)) {
      attempted(false);
    }
  }

  /**
   * Sends all keys.
   *
   * @param mayRepeat whether it may be tried once more: a connection that was kept may have been
   *     closed by the other side
   * @return whether it is done, and answered
   */
  private boolean attempted(boolean mayRepeat) {
    TargetConnection target;
    try {
      target = targets.take(arguments.host(), arguments.port(), arguments.timeoutMillis());
    } catch (SocketException e) {
      // Redis notices a connection that is refused when it writes to it.
      LOG.debug("A connection for MIGRATE was refused", e);
      context.reply().error("IOERR error or timeout writing to target instance");
      return true;
    } catch (IOException e) {
      LOG.debug("No connection for MIGRATE", e);
      context.reply().error("IOERR error or timeout connecting to the client");
      return true;
    }
    boolean good = false;
    try {
      transfer(target);
      good = true;
      if (targetError == null) {
        target.database(arguments.database());
        context.reply().ok();
      } else {
        target.database(TargetConnection.NO_DATABASE);
      }
    } catch (IOException e) {
      LOG.debug("A connection for MIGRATE is broken", e);
      if (mayRepeat && answered == 0 && !(e instanceof SocketTimeoutException)) {
        return false;
      }
      if (targetError == null) {
        String where = written ? "reading" : "writing";
        context.reply().error("IOERR error or timeout " + where + " to target instance");
      }
    } finally {
      if (good) {
        targets.keep(arguments.host(), arguments.port(), target);
      } else {
        close(target);
      }
    }
    if (targetError != null) {
      context.reply().error("ERR Target instance replied with error: " + targetError);
    }
    return true;
  }

  private static void close(TargetConnection target) {
    try {
      target.close();
    } catch (IOException e) {
      LOG.debug("A broken connection can't be closed", e);
    }
  }

  private void transfer(TargetConnection target) throws IOException {
    written = false;
    boolean selects = target.database() != arguments.database();
    greet(target, selects);
    sent.clear();
    for (int key : keys) {
      if (send(target, key)) {
        sent.add(key);
      }
    }
    written = true;
    String refusal = null;
    if (arguments.password() != null) {
      refusal = errorOf(target.readLine(arguments.timeoutMillis()), null);
    }
    if (selects) {
      refusal = errorOf(target.readLine(arguments.timeoutMillis()), refusal);
    }
    for (int key : sent) {
      String error = target.readLine(arguments.timeoutMillis());
      answered++;
      error = refusal != null ? refusal : errorOf(error, null);
      if (error == null) {
        remove(key);
      } else if (targetError == null) {
        targetError = error;
      }
    }
  }

  private static String errorOf(String line, String before) {
    return before != null || !line.startsWith("-") ? before : line.substring(1);
  }

  private void greet(TargetConnection target, boolean selects) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    if (arguments.password() != null) {
      out.writeBytes(header('*', arguments.user() == null ? 2 : 3));
      word(out, "AUTH");
      if (arguments.user() != null) {
        word(out, arguments.user());
      }
      word(out, arguments.password());
    }
    if (selects) {
      out.writeBytes(header('*', 2));
      word(out, "SELECT");
      word(out, Long.toString(arguments.database()));
    }
    write(target, out.toByteArray());
  }

  /** Sends a key; false: it has expired since it was found. */
  private boolean send(TargetConnection target, int key) throws IOException {
    context.selectKey(key);
    if (!keyspace.find()) {
      return false;
    }
    long deadline = keyspace.selected().deadline();
    long timeToLive =
        deadline == KeyLayout.NO_DEADLINE ? 0 : Math.max(1, keyspace.time().timeToLive(deadline));
    RdbOutput payload = DumpCommand.payload(context);
    if (payload == null) {
      return false;
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(header('*', arguments.replace() ? 5 : 4));
    word(out, "RESTORE");
    word(out, request.argumentBytes(key));
    word(out, Long.toString(timeToLive));
    out.writeBytes(header('$', payload.length()));
    write(target, out.toByteArray());
    target.write(payload.bytes(), payload.length(), arguments.timeoutMillis());
    out.reset();
    out.writeBytes(NEW_LINE);
    if (arguments.replace()) {
      word(out, "REPLACE");
    }
    write(target, out.toByteArray());
    return true;
  }

  private void write(TargetConnection target, byte[] bytes) throws IOException {
    target.write(bytes, bytes.length, arguments.timeoutMillis());
  }

  private static byte[] header(char type, int count) {
    return (type + Integer.toString(count) + "\r\n").getBytes(StandardCharsets.US_ASCII);
  }

  private static void word(ByteArrayOutputStream out, String word) {
    word(out, word.getBytes(StandardCharsets.US_ASCII));
  }

  private static void word(ByteArrayOutputStream out, byte[] word) {
    out.writeBytes(header('$', word.length));
    out.writeBytes(word);
    out.writeBytes(NEW_LINE);
  }

  /** Removes a key that the other server has; one that was named twice is gone already. */
  private void remove(int key) {
    if (arguments.copy()) {
      return;
    }
    context.selectKey(key);
    if (keyspace.find()) {
      keyspace.delete();
      keyspace.happened(KeyEvent.DEL);
    }
  }
}
