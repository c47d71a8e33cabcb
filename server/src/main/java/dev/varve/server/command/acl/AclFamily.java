package dev.varve.server.command.acl;

import static dev.varve.server.dispatch.Argument.oneOf;
import static dev.varve.server.dispatch.Argument.plain;
import static dev.varve.server.dispatch.Argument.word;
import static dev.varve.server.dispatch.CommandFlag.ADMIN;
import static dev.varve.server.dispatch.CommandFlag.LOADING;
import static dev.varve.server.dispatch.CommandFlag.NOSCRIPT;
import static dev.varve.server.dispatch.CommandFlag.STALE;

import dev.varve.server.dispatch.CommandGroup;
import dev.varve.server.dispatch.CommandHandler;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.Execution;
import java.util.List;

/** ACL and its subcommands. */
public final class AclFamily {
  private static final String OF_USERS = "O(n) for n users";

  private AclFamily() {}

  /** Returns the commands. */
  public static List<CommandSpec> commands() {
    return List.of(
        CommandSpec.command("acl", -2, CommandGroup.SERVER, Execution.LOOP, null)
            .docs("6.0.0", "Commands about users.", "As the subcommand takes")
            .subcommands(
                forAll("cat", -2, AclCommand::categories)
                    .docs("6.0.0", "Lists categories of commands, or a category's.", "O(1)")
                    .arguments(plain("categoryname", "string").asOptional()),
                forAdministrators("deluser", -3, AclCommand::deleteUser)
                    .docs("6.0.0", "Removes users.", "O(n) for n connections, for each")
                    .arguments(plain("username", "string").asMultiple()),
                forAdministrators("dryrun", -4, AclCommand::dryRun)
                    .docs("7.0.0", "Tells whether a user may run a command.", "O(1)")
                    .arguments(
                        plain("username", "string"),
                        plain("command", "string"),
                        plain("arg", "string").asOptional().asMultiple()),
                forAll("genpass", -2, AclCommand::newPassword)
                    .docs("6.0.0", "Makes a random password.", "O(1)")
                    .arguments(plain("bits", "integer").asOptional()),
                forAdministrators("getuser", 3, AclCommand::getUser)
                    .docs("6.0.0", "Tells what a user is.", "O(n) for n rules of the user")
                    .changed("6.2.0", "Tells channels.")
                    .changed("7.0.0", "Tells selectors; keys and channels are told as rules.")
                    .arguments(plain("username", "string")),
                forAdministrators("list", 2, AclCommand::list)
                    .docs("6.0.0", "Tells what each user is.", OF_USERS),
                inPool("load", AclCommand::load)
                    .docs("6.0.0", "Replaces all users by those of the ACL file.", OF_USERS),
                forAdministrators("log", -2, AclCommand::log)
                    .docs("6.0.0", "Tells what was refused of late.", "O(n) for n entries")
                    .arguments(
                        oneOf("operation", plain("count", "integer"), word("reset", "RESET"))
                            .asOptional()),
                inPool("save", AclCommand::save)
                    .docs("6.0.0", "Writes all users to the ACL file.", OF_USERS),
                forAdministrators("setuser", -3, AclCommand::setUser)
                    .docs("6.0.0", "Makes or changes a user.", "O(n) for n rules")
                    .changed("6.2.0", "Takes rules of channels.")
                    .changed("7.0.0", "Takes selectors, and rules of what is done with keys.")
                    .arguments(
                        plain("username", "string"),
                        plain("rule", "string").asOptional().asMultiple()),
                forAdministrators("users", 2, AclCommand::names)
                    .docs("6.0.0", "Lists the names of users.", OF_USERS),
                forAll("whoami", 2, AclCommand::whoAmI)
                    .docs("6.0.0", "Tells whom the connection is authenticated as.", "O(1)"),
                of("help", 2, Execution.LOOP, AclCommand::help)
                    .flags(LOADING, STALE)
                    .docs("6.0.0", "Lists the subcommands.", "O(1)"))
            .build());
  }

  private static CommandSpec.Builder forAll(String name, int arity, CommandHandler handler) {
    return of(name, arity, Execution.LOOP, handler).flags(NOSCRIPT, LOADING, STALE);
  }

  private static CommandSpec.Builder forAdministrators(
      String name, int arity, CommandHandler handler) {
    return of(name, arity, Execution.LOOP, handler).flags(ADMIN, NOSCRIPT, LOADING, STALE);
  }

  /** One that waits for the disk. */
  private static CommandSpec.Builder inPool(String name, CommandHandler handler) {
    return of(name, 2, Execution.POOL, handler).flags(ADMIN, NOSCRIPT, LOADING, STALE);
  }

  private static CommandSpec.Builder of(
      String name, int arity, Execution execution, CommandHandler handler) {
    return CommandSpec.command(name, arity, CommandGroup.SERVER, execution, handler);
  }
}
