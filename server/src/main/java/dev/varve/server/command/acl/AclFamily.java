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

  private AclFamily() {}

  /** Returns the commands. */
  public static List<CommandSpec> commands() {
    return List.of(
        CommandSpec.command("acl", -2, CommandGroup.SERVER, Execution.LOOP, null)
            .subcommands(
                forAll("cat", -2, AclCommand::categories)
                    .arguments(plain("categoryname", "string").asOptional()),
                forAdministrators("deluser", -3, AclCommand::deleteUser)
                    .arguments(plain("username", "string").asMultiple()),
                forAdministrators("dryrun", -4, AclCommand::dryRun)
                    .arguments(
                        plain("username", "string"),
                        plain("command", "string"),
                        plain("arg", "string").asOptional().asMultiple()),
                forAll("genpass", -2, AclCommand::newPassword)
                    .arguments(plain("bits", "integer").asOptional()),
                forAdministrators("getuser", 3, AclCommand::getUser)
                    .arguments(plain("username", "string")),
                forAdministrators("list", 2, AclCommand::list),
                inPool("load", AclCommand::load),
                forAdministrators("log", -2, AclCommand::log)
                    .arguments(
                        oneOf("operation", plain("count", "integer"), word("reset", "RESET"))
                            .asOptional()),
                inPool("save", AclCommand::save),
                forAdministrators("setuser", -3, AclCommand::setUser)
                    .arguments(
                        plain("username", "string"),
                        plain("rule", "string").asOptional().asMultiple()),
                forAdministrators("users", 2, AclCommand::names),
                forAll("whoami", 2, AclCommand::whoAmI),
                of("help", 2, Execution.LOOP, AclCommand::help).flags(LOADING, STALE))
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
