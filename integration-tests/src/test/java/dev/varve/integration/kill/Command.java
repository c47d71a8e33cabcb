package dev.varve.integration.kill;

import dev.varve.integration.RawClient;
import dev.varve.integration.kill.Model.Moment;
import java.util.Arrays;

/**
 * A command that was sent or will be.
 *
 * @param arguments the command's words
 * @param effect what it does to the model
 */
public record Command(byte[][] arguments, Effect effect) {

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

  public byte[] frame() {
    return RawClient.frame(arguments);
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
