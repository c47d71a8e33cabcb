package dev.varve.server.command;

import dev.varve.server.command.acl.AclFamily;
import dev.varve.server.command.admin.StandaloneFamily;
import dev.varve.server.command.admin.WatchFamily;
import dev.varve.server.command.bits.BitFamily;
import dev.varve.server.command.connection.ConnectionFamily;
import dev.varve.server.command.debug.DebugFamily;
import dev.varve.server.command.dump.DumpFamily;
import dev.varve.server.command.hash.FieldFamily;
import dev.varve.server.command.hash.HashFamily;
import dev.varve.server.command.hyperloglog.HyperLogLogFamily;
import dev.varve.server.command.key.KeyFamily;
import dev.varve.server.command.list.ListFamily;
import dev.varve.server.command.pubsub.PubSubFamily;
import dev.varve.server.command.replication.ReplicationFamily;
import dev.varve.server.command.script.FunctionFamily;
import dev.varve.server.command.script.ScriptFamily;
import dev.varve.server.command.server.ServerFamily;
import dev.varve.server.command.set.SetFamily;
import dev.varve.server.command.sort.SortFamily;
import dev.varve.server.command.stream.StreamFamily;
import dev.varve.server.command.stream.StreamGroupFamily;
import dev.varve.server.command.string.StringFamily;
import dev.varve.server.command.transaction.TransactionFamily;
import dev.varve.server.command.zset.GeoFamily;
import dev.varve.server.command.zset.SortedSetFamily;
import dev.varve.server.command.zset.SortedSetRangeFamily;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.CommandTable;
import java.util.ArrayList;
import java.util.List;

/** All commands. */
public final class Commands {
  private Commands() {}

  /** Returns a table of all commands, with statistics of its own. */
  public static CommandTable table() {
    return table(List.of());
  }

  /** As {@link #table()}, and of some more. */
  public static CommandTable table(List<CommandSpec> more) {
    List<CommandSpec> all = new ArrayList<>(more);
    all.addAll(ConnectionFamily.commands());
    all.addAll(ServerFamily.commands());
    all.addAll(AclFamily.commands());
    all.addAll(StringFamily.commands());
    all.addAll(BitFamily.commands());
    all.addAll(HyperLogLogFamily.commands());
    all.addAll(HashFamily.commands());
    all.addAll(FieldFamily.commands());
    all.addAll(SetFamily.commands());
    all.addAll(SortedSetFamily.commands());
    all.addAll(SortedSetRangeFamily.commands());
    all.addAll(GeoFamily.commands());
    all.addAll(ListFamily.commands());
    all.addAll(StreamFamily.commands());
    all.addAll(StreamGroupFamily.commands());
    all.addAll(KeyFamily.commands());
    all.addAll(DumpFamily.commands());
    all.addAll(SortFamily.commands());
    all.addAll(TransactionFamily.commands());
    all.addAll(PubSubFamily.commands());
    all.addAll(WatchFamily.commands());
    all.addAll(StandaloneFamily.commands());
    all.addAll(DebugFamily.commands());
    all.addAll(ReplicationFamily.commands());
    all.addAll(ScriptFamily.commands());
    all.addAll(FunctionFamily.commands());
    return new CommandTable(all);
  }
}
