package dev.varve.server.bootstrap;

import java.io.Console;

/** Asks the operator before something is done that can't be undone. */
final class Confirmation {
  private Confirmation() {}

  /**
   * Whether somebody is there and types "yes".
   *
   * @param program whose name is said where nobody is there
   */
  @SuppressWarnings(
      "SystemConsoleNull") // without jdk.internal.le, as in the runtime that is shipped, it can be
  static boolean ask(String program, String question) {
    Console console = System.console();
    if (console == null || !console.isTerminal()) {
      System.err.println(program + ": there is nobody to ask; --yes says that you mean it");
      return false;
    }
    return "yes".equals(console.readLine("%s Type yes: ", question));
  }
}
