package dev.varve.server.command.sort;

import static dev.varve.server.dispatch.Argument.block;
import static dev.varve.server.dispatch.Argument.key;
import static dev.varve.server.dispatch.Argument.oneOf;
import static dev.varve.server.dispatch.Argument.plain;
import static dev.varve.server.dispatch.Argument.word;
import static dev.varve.server.dispatch.CommandFlag.DENYOOM;
import static dev.varve.server.dispatch.CommandFlag.MOVABLEKEYS;
import static dev.varve.server.dispatch.CommandFlag.READONLY;
import static dev.varve.server.dispatch.CommandFlag.WRITE;
import static dev.varve.server.dispatch.KeyFlag.ACCESS;
import static dev.varve.server.dispatch.KeyFlag.OW;
import static dev.varve.server.dispatch.KeyFlag.RO;
import static dev.varve.server.dispatch.KeyFlag.UPDATE;
import static dev.varve.server.dispatch.KeySpec.Unknown.UNKNOWN;

import dev.varve.server.dispatch.AclCategory;
import dev.varve.server.dispatch.Argument;
import dev.varve.server.dispatch.CommandGroup;
import dev.varve.server.dispatch.CommandHandler;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.Execution;
import java.util.ArrayList;
import java.util.List;

/** SORT and SORT_RO. What Redis tells of them in COMMAND is told here. */
public final class SortFamily {
  private static final String BY_CONTENT =
      "For the optional BY/GET keyword. It is marked 'unknown' because the key names derive from"
          + " the content of the key we sort";
  private static final String ANYWHERE =
      "For the optional STORE keyword. It is marked 'unknown' because the keyword can appear"
          + " anywhere in the argument array";

  private SortFamily() {}

  /** Returns the commands. */
  public static List<CommandSpec> commands() {
    List<Argument> stored = new ArrayList<>(arguments());
    stored.add(key("destination", 2).token("STORE").asOptional());
    return List.of(
        command("sort", Execution.WRITE, SortCommand::sort)
            .flags(WRITE, DENYOOM, MOVABLEKEYS)
            .keys(ANYWHERE, UNKNOWN, UNKNOWN, OW, UPDATE)
            .keyFinder(SortOptions::keys)
            .arguments(stored.toArray(Argument[]::new))
            .build(),
        command("sort_ro", Execution.READ, SortCommand::sortReadOnly)
            .flags(READONLY, MOVABLEKEYS)
            .keyFinder(SortOptions::source)
            .arguments(arguments().toArray(Argument[]::new))
            .build());
  }

  private static CommandSpec.Builder command(
      String name, Execution execution, CommandHandler handler) {
    return CommandSpec.command(name, -2, CommandGroup.GENERIC, execution, handler)
        .categories(AclCategory.SET, AclCategory.SORTEDSET, AclCategory.LIST, AclCategory.DANGEROUS)
        .keys(1, 0, 1, RO, ACCESS)
        .keys(BY_CONTENT, UNKNOWN, UNKNOWN, RO, ACCESS);
  }

  private static List<Argument> arguments() {
    return List.of(
        key("key", 0),
        pattern("BY").asOptional(),
        block("offset_count", plain("offset", "integer"), plain("count", "integer"))
            .token("LIMIT")
            .asOptional(),
        pattern("GET").asOptional().asMultipleWithToken(),
        oneOf("order", word("asc", "ASC"), word("desc", "DESC")).asOptional(),
        word("sorting", "ALPHA").asOptional());
  }

  private static Argument pattern(String token) {
    return plain("pattern", "pattern").inKeySpec(1).token(token);
  }
}
