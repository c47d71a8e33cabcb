package dev.varve.integration.kill;

import dev.varve.integration.RawClient;
import dev.varve.integration.RawClient.ErrorReply;
import dev.varve.integration.kill.Model.Moment;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;

/**
 * A command that was sent or will be.
 *
 * @param arguments the command's words
 * @param parts if it is a transaction, its commands, each in its turn; else none
 * @param effect what it does to the model
 */
public record Command(byte[][] arguments, List<Command> parts, Effect effect) {

  /** One command. */
  public Command(byte[][] arguments, Effect effect) {
    this(arguments, List.of(), effect);
  }

  /** Several commands in one transaction: all of them take effect, or none. */
  public static Command transaction(List<Command> parts) {
    return new Command(
        new byte[][] {RawClient.ascii("EXEC")},
        parts,
        (model, moment, reply) -> {
          List<?> replies = reply instanceof List<?> list ? list : null;
          if (reply != Unanswered.NO_REPLY && (replies == null || replies.size() != parts.size())) {
            throw new AssertionError("answered " + text(reply));
          }
          for (int i = 0; i < parts.size(); i++) {
            Object own = replies == null ? Unanswered.NO_REPLY : replies.get(i);
            parts.get(i).effect().apply(model, moment, own);
          }
        });
  }

  /** In place of the reply to a command to which none has come. */
  public enum Unanswered {
    NO_REPLY
  }

  /** What a command does. */
  public interface Effect {
    /**
     * Changes the model as the command changed the server.
     *
     * @param moment when it was executed
     * @param reply what the server answered, or {@link Unanswered#NO_REPLY}
     * @throws AssertionError if that can't be the answer
     */
    void apply(Model model, Moment moment, Object reply);
  }

  /** What is to be sent. */
  public byte[] frame() {
    if (parts.isEmpty()) {
      return RawClient.frame(arguments);
    }
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.writeBytes(RawClient.frame("MULTI"));
    parts.forEach(part -> all.writeBytes(part.frame()));
    all.writeBytes(RawClient.frame(arguments));
    return all.toByteArray();
  }

  /** Reads the reply: of a transaction, EXEC's. */
  public Object read(RawClient client) throws IOException {
    boolean failed = false;
    for (int i = 0; !parts.isEmpty() && i <= parts.size(); i++) {
      Object reply = client.read();
      // Where a sync fails, what comes after a write that waits for it is answered like that.
      failed |= reply instanceof ErrorReply;
      if (!failed) {
        expect(i == 0 ? "OK" : "QUEUED", reply);
      }
    }
    Object reply = client.read();
    if (failed && !(reply instanceof ErrorReply)) {
      throw new AssertionError("executed, though not all was queued: " + text(reply));
    }
    return reply;
  }

  /** Fails if there is a reply, and it is another than the only right one. */
  public static void expect(Object right, Object reply) {
    boolean same =
        right instanceof byte[] bytes
            ? reply instanceof byte[] others && Arrays.equals(bytes, others)
            : right == null ? reply == null : right.equals(reply);
    if (reply != Unanswered.NO_REPLY && !same) {
      throw new AssertionError("answered " + text(reply) + " instead of " + text(right));
    }
  }

  @Override
  public String toString() {
    StringBuilder line = new StringBuilder();
    parts.forEach(part -> line.append(part).append("; "));
    for (byte[] argument : arguments) {
      line.append(text(argument)).append(' ');
    }
    return line.toString().strip();
  }

  private static String text(Object reply) {
    if (reply instanceof byte[] bytes) {
      String all = new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1);
      return all.length() <= 60 ? all : all.substring(0, 60) + "…(" + all.length() + ")";
    }
    return String.valueOf(reply);
  }
}
