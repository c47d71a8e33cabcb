package dev.varve.server.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.protocol.ProtocolVersion;
import dev.varve.protocol.Reply;
import dev.varve.protocol.ReplyDecoder;
import dev.varve.server.dispatch.CommandFlag;
import dev.varve.server.dispatch.CommandGroup;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.CommandTable;
import dev.varve.server.dispatch.Execution;
import dev.varve.server.dispatch.KeyFlag;
import dev.varve.server.dispatch.KeySpec;
import dev.varve.server.dispatch.Session;
import dev.varve.server.testing.CommandHarness;
import dev.varve.server.testing.FakeEngine;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Takes where keys are from what Redis tells of all its commands: described so, each must be told
 * of as Redis does, and its keys found where Redis finds them.
 */
final class KeySpecComparisonTest {
  @TempDir Path directory;

  @Test
  void keysAreDescribedAndFoundAsInRedis() throws IOException {
    try (RedisProcess redis = RedisProcess.start(directory)) {
      List<Reply> told = values(decode(redis.execute("COMMAND")));
      CommandHarness ours =
          CommandHarness.withCommands(new FakeEngine(1, 0), 1, new CommandTable(described(told)));
      Session session = ours.connect();
      int compared = 0;
      for (Reply command : told) {
        String name = text(values(command).getFirst());
        String[] info = {"COMMAND", "INFO", name};
        List<Reply> expected = values(values(decode(redis.execute(info))).getFirst());
        List<Reply> actual = values(values(decode(ours.execute(session, info))).getFirst());
        assertEquals(expected.subList(3, 6), actual.subList(3, 6), name + ": first, last, step");
        assertEquals(expected.get(8), actual.get(8), name + ": key specs");
        compared++;
      }
      assertTrue(compared >= 240, "only " + compared + " were compared");
      for (String line : REQUESTS.lines().toList()) {
        for (String how : List.of("GETKEYS", "GETKEYSANDFLAGS")) {
          String[] words =
              Stream.concat(Stream.of("COMMAND", how), Stream.of(line.split(" ")))
                  .toArray(String[]::new);
          assertEquals(redis.execute(words), ours.execute(session, words), how + " " + line);
        }
      }
    }
  }

  /** Whose keys the specifications say fully, with few and many keys, and wrong numbers. */
  private static final String REQUESTS =
      """
      GET a
      MSET a 1 b 2
      RENAME a b
      COPY a b DB 1
      EVAL return 2 a b c
      EVAL return 0 a b c
      EVAL return 3 a b
      EVAL return -1 a b
      EVAL return x a b
      EVAL return 1x a b
      EVAL return 9x a b
      EVALSHA abc +2 a b
      ZUNION 01 a b
      SINTERCARD 1x a b LIMIT 3
      SINTERCARD 18446744073709551617 a b
      LMPOP -1 a b LEFT
      BZMPOP 0 2.9 a b MIN
      ZUNIONSTORE to 1e5 a b
      ZINTERSTORE to x a b
      EVALSHA_RO abc 1 a
      FCALL f 2 a b c
      ZUNION 2 a b WEIGHTS 1 2
      ZINTERCARD 2 a b LIMIT 1
      ZUNIONSTORE to 2 a b AGGREGATE MAX
      ZDIFFSTORE to 3 a b
      SINTERSTORE to a b c
      SINTERCARD 2 a b LIMIT 3
      XREAD COUNT 2 STREAMS a b 0-0 0-0
      XREAD block 0 streams a 0
      XREAD COUNT 2
      XREADGROUP GROUP g c STREAMS a b c > > >
      LMPOP 2 a b LEFT COUNT 2
      BLMPOP 0 2 a b LEFT
      BLPOP a b c 0
      BITOP AND to a b c
      GEORADIUS_RO a 1 2 3 km
      LMOVE a b LEFT RIGHT
      OBJECT ENCODING a
      XINFO STREAM a FULL
      XGROUP CREATE a g 0
      PFMERGE a b c
      SMOVE a b m
      """;

  private static List<CommandSpec> described(List<Reply> told) {
    List<CommandSpec> all = new ArrayList<>();
    for (Reply command : told) {
      all.add(
          text(values(command).getFirst()).equals("command")
              ? Commands.table().find("command")
              : builder(values(command)).build());
    }
    return all;
  }

  private static CommandSpec.Builder builder(List<Reply> told) {
    String fullName = text(told.get(0));
    CommandSpec.Builder builder =
        CommandSpec.command(
            fullName.substring(fullName.indexOf('|') + 1),
            (int) number(told.get(1)),
            CommandGroup.SERVER,
            Execution.LOOP,
            null);
    for (CommandFlag flag : CommandFlag.values()) {
      if (values(told.get(2)).contains(new Reply.SimpleString(flag.label()))) {
        builder.flags(flag);
      }
    }
    for (Reply spec : values(told.get(8))) {
      add(builder, map(spec));
    }
    return builder.subcommands(
        values(told.get(9)).stream()
            .map(sub -> builder(values(sub)))
            .toArray(CommandSpec.Builder[]::new));
  }

  private static void add(CommandSpec.Builder builder, Map<String, Reply> spec) {
    List<KeyFlag> flags = new ArrayList<>();
    for (KeyFlag flag : KeyFlag.values()) {
      if (values(spec.get("flags")).contains(new Reply.SimpleString(flag.label()))) {
        flags.add(flag);
      }
    }
    Map<String, Reply> begin = map(spec.get("begin_search"));
    Map<String, Reply> find = map(spec.get("find_keys"));
    builder.keys(
        spec.containsKey("notes") ? text(spec.get("notes")) : null,
        begin(text(begin.get("type")), map(begin.get("spec"))),
        find(text(find.get("type")), map(find.get("spec"))),
        flags.toArray(KeyFlag[]::new));
  }

  private static KeySpec.Begin begin(String type, Map<String, Reply> of) {
    return switch (type) {
      case "index" -> new KeySpec.AtIndex(small(of, "index"));
      case "keyword" -> new KeySpec.AfterKeyword(text(of.get("keyword")), small(of, "startfrom"));
      default -> KeySpec.Unknown.UNKNOWN;
    };
  }

  private static KeySpec.Find find(String type, Map<String, Reply> of) {
    return switch (type) {
      case "range" ->
          new KeySpec.InRange(small(of, "lastkey"), small(of, "keystep"), small(of, "limit"));
      case "keynum" ->
          new KeySpec.Counted(small(of, "keynumidx"), small(of, "firstkey"), small(of, "keystep"));
      default -> KeySpec.Unknown.UNKNOWN;
    };
  }

  private static int small(Map<String, Reply> of, String name) {
    return (int) number(of.get(name));
  }

  private static Map<String, Reply> map(Reply flat) {
    Map<String, Reply> map = new HashMap<>();
    List<Reply> all = values(flat);
    for (int i = 0; i < all.size(); i += 2) {
      map.put(text(all.get(i)), all.get(i + 1));
    }
    return map;
  }

  private static List<Reply> values(Reply reply) {
    return ((Reply.Array) reply).values();
  }

  private static String text(Reply reply) {
    return ((Reply.BulkString) reply).text();
  }

  private static long number(Reply reply) {
    return ((Reply.IntegerValue) reply).value();
  }

  private static Reply decode(String bytes) {
    return new ReplyDecoder(ProtocolVersion.RESP2)
        .decode(Unpooled.wrappedBuffer(bytes.getBytes(StandardCharsets.ISO_8859_1)));
  }
}
