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
  private static final byte[] AUTH2 = {'A', 'U', 'T', 'H', '2'};
  private static final byte[] KEYS = {'K', 'E', 'Y', 'S'};
  private static final int MIGRATE_OPTIONS = 6;

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
      case "migrate" -> isCredentialOfTarget(request, index);
      default -> false;
    };
  }

  /** Whether it is one of the two after a HELLO's AUTH, of which there may be several. */
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

  /** Whether it is one of those after a MIGRATE's AUTH or AUTH2, of which there may be several. */
  private static boolean isCredentialOfTarget(Request request, int index) {
    for (int i = MIGRATE_OPTIONS; i < index && !request.equalsIgnoreCase(i, KEYS); i++) {
      int its = 0;
      if (request.equalsIgnoreCase(i, AUTH)) {
        its = 1;
      } else if (request.equalsIgnoreCase(i, AUTH2)) {
        its = 2;
      }
      if (index <= i + its) {
        return true;
      }
      i += its;
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
