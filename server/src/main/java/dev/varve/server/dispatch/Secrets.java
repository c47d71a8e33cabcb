package dev.varve.server.dispatch;

import dev.varve.protocol.Request;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;

/** Which arguments of requests are nobody's business: passwords, and the names in front of them. */
final class Secrets {
  /** What is shown in their place. */
  static final String REDACTED = "(redacted)";

  private static final byte[] AUTH = {'A', 'U', 'T', 'H'};

  /** Settings whose values are secret, those of Redis that aren't known here included. */
  private static final List<byte[]> SETTINGS =
      Stream.of("REQUIREPASS", "MASTERUSER", "MASTERAUTH", "TLS-KEY-FILE-PASS")
          .map(name -> name.getBytes(StandardCharsets.US_ASCII))
          .toList();

  private Secrets() {}

  /** Returns whether an argument is to be shown to nobody but the command. */
  static boolean isSecret(CommandSpec spec, Request request, int index) {
    return switch (spec.fullName()) {
      case "auth" -> index > 0;
      case "hello" -> isCredential(request, index);
      case "config|set" -> index > 2 && index % 2 == 1 && isSecretSetting(request, index - 1);
      case "acl|setuser" -> index > 1;
      default -> false;
    };
  }

  /** Whether it is one of the two behind a HELLO's AUTH, of which there may be several. */
  private static boolean isCredential(Request request, int index) {
    int at = 2;
    while (at < index) {
      if (request.equalsIgnoreCase(at, AUTH)) {
        if (index <= at + 2) {
          return true;
        }
        at += 3;
      } else {
        // SETNAME and its argument.
        at += 2;
      }
    }
    return false;
  }

  private static boolean isSecretSetting(Request request, int index) {
    for (byte[] setting : SETTINGS) {
      if (request.equalsIgnoreCase(index, setting)) {
        return true;
      }
    }
    return false;
  }
}
