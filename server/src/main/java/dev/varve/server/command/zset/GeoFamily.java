package dev.varve.server.command.zset;

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
import static dev.varve.server.dispatch.KeyFlag.RW;
import static dev.varve.server.dispatch.KeyFlag.UPDATE;

import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.dispatch.AclCategory;
import dev.varve.server.dispatch.Argument;
import dev.varve.server.dispatch.CommandGroup;
import dev.varve.server.dispatch.CommandHandler;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.Execution;
import dev.varve.server.dispatch.KeySpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The commands on places. What Redis tells of them in COMMAND is told here. */
public final class GeoFamily {
  private static final byte[] STORE = Arguments.word("STORE");
  private static final byte[] STOREDIST = Arguments.word("STOREDIST");

  private GeoFamily() {}

  /** Returns the commands. */
  public static List<CommandSpec> commands() {
    return List.of(
        command("geoadd", -5, Execution.WRITE, GeoCommands::add)
            .flags(WRITE, DENYOOM)
            .keys(1, 0, 1, RW, UPDATE)
            .arguments(
                key("key", 0),
                oneOf("condition", word("nx", "NX"), word("xx", "XX")).since("6.2.0").asOptional(),
                word("change", "CH").since("6.2.0").asOptional(),
                block(
                        "longitude_latitude_member",
                        plain("longitude", "double"),
                        plain("latitude", "double"),
                        plain("member", "string"))
                    .asMultiple())
            .build(),
        members("geopos", GeoCommands::places),
        members("geohash", GeoCommands::hashes),
        command("geodist", -4, Execution.READ, GeoCommands::distance)
            .flags(READONLY)
            .keys(1, 0, 1, RO, ACCESS)
            .arguments(
                key("key", 0),
                plain("member1", "string"),
                plain("member2", "string"),
                unit().asOptional())
            .build(),
        radius("georadius", -6, GeoSearchCommands::radius, false),
        radius("georadiusbymember", -5, GeoSearchCommands::radiusByMember, true),
        readOnly("georadius_ro", -6, GeoSearchCommands::radiusReadOnly, false),
        readOnly("georadiusbymember_ro", -5, GeoSearchCommands::radiusByMemberReadOnly, true),
        command("geosearch", -7, Execution.READ, GeoSearchCommands::search)
            .flags(READONLY)
            .keys(1, 0, 1, RO, ACCESS)
            .arguments(
                key("key", 0),
                centre(),
                shape(),
                order(),
                count(word("any", "ANY")),
                word("withcoord", "WITHCOORD").asOptional(),
                word("withdist", "WITHDIST").asOptional(),
                word("withhash", "WITHHASH").asOptional())
            .build(),
        command("geosearchstore", -8, Execution.WRITE, GeoSearchCommands::searchStore)
            .flags(WRITE, DENYOOM)
            .keys(1, 0, 1, OW, UPDATE)
            .keys(2, 0, 1, RO, ACCESS)
            .arguments(
                key("destination", 0),
                key("source", 1),
                centre(),
                shape(),
                order(),
                count(word("any", "ANY")),
                word("storedist", "STOREDIST").asOptional())
            .build());
  }

  private static CommandSpec.Builder command(
      String name, int arity, Execution execution, CommandHandler handler) {
    return CommandSpec.command(name, arity, CommandGroup.GEO, execution, handler)
        .categories(AclCategory.GEO);
  }

  private static CommandSpec members(String name, CommandHandler handler) {
    return command(name, -2, Execution.READ, handler)
        .flags(READONLY)
        .keys(1, 0, 1, RO, ACCESS)
        .arguments(key("key", 0), plain("member", "string").asMultiple())
        .build();
  }

  private static CommandSpec radius(
      String name, int arity, CommandHandler handler, boolean byMember) {
    CommandSpec.Builder builder =
        command(name, arity, Execution.WRITE, handler)
            .flags(WRITE, DENYOOM, MOVABLEKEYS)
            .keys(1, 0, 1, RO, ACCESS)
            .keys(
                null,
                new KeySpec.AfterKeyword("STORE", -arity),
                new KeySpec.InRange(0, 1, 0),
                OW,
                UPDATE)
            .keys(
                null,
                new KeySpec.AfterKeyword("STOREDIST", -arity),
                new KeySpec.InRange(0, 1, 0),
                OW,
                UPDATE)
            .keyFinder((request, offset, action) -> keys(request, offset, -arity, action));
    Argument stored = key("key", 1).token("STORE").asOptional();
    Argument storedDistances = key("key", 2).token("STOREDIST").asOptional();
    return builder.arguments(radiusArguments(byMember, stored, storedDistances)).build();
  }

  private static CommandSpec readOnly(
      String name, int arity, CommandHandler handler, boolean byMember) {
    CommandSpec.Builder builder =
        command(name, arity, Execution.READ, handler).flags(READONLY).keys(1, 0, 1, RO, ACCESS);
    return builder.arguments(radiusArguments(byMember)).build();
  }

  private static Argument[] radiusArguments(boolean byMember, Argument... more) {
    List<Argument> all = new ArrayList<>();
    all.add(key("key", 0));
    if (byMember) {
      all.add(plain("member", "string"));
    } else {
      all.add(plain("longitude", "double"));
      all.add(plain("latitude", "double"));
    }
    all.add(plain("radius", "double"));
    all.add(unit());
    all.add(word("withcoord", "WITHCOORD").asOptional());
    all.add(word("withdist", "WITHDIST").asOptional());
    all.add(word("withhash", "WITHHASH").asOptional());
    Argument any = word("any", "ANY");
    all.add(count(byMember ? any : any.since("6.2.0")));
    all.add(order());
    all.addAll(List.of(more));
    return all.toArray(Argument[]::new);
  }

  private static Argument unit() {
    return oneOf("unit", word("m", "M"), word("km", "KM"), word("ft", "FT"), word("mi", "MI"));
  }

  private static Argument count(Argument any) {
    return block("count", plain("count", "integer").token("COUNT"), any.asOptional()).asOptional();
  }

  private static Argument order() {
    return oneOf("order", word("asc", "ASC"), word("desc", "DESC")).asOptional();
  }

  private static Argument centre() {
    return oneOf(
        "from",
        plain("member", "string").token("FROMMEMBER"),
        block("longitude_latitude", plain("longitude", "double"), plain("latitude", "double"))
            .token("FROMLONLAT"));
  }

  private static Argument shape() {
    return oneOf(
        "by",
        block("circle", plain("radius", "double").token("BYRADIUS"), unit()),
        block("box", plain("width", "double").token("BYBOX"), plain("height", "double"), unit()));
  }

  /** The key, and what stands after the first STORE and the first STOREDIST among the options. */
  private static boolean keys(
      Request request, int offset, int options, KeySpec.KeyConsumer action) {
    action.accept(offset + 1, Set.of(RO, ACCESS));
    for (byte[] word : List.of(STORE, STOREDIST)) {
      int at = offset + options;
      while (at + 1 < request.argumentCount() && !request.equalsIgnoreCase(at, word)) {
        at++;
      }
      if (at + 1 < request.argumentCount()) {
        action.accept(at + 1, Set.of(OW, UPDATE));
      }
    }
    return true;
  }
}
