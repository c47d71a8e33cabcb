package dev.varve.server.metrics;

import dev.varve.server.config.MachineMemory;
import dev.varve.server.config.Settings;
import dev.varve.server.datatype.Databases;
import dev.varve.server.dispatch.Checkpoints;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.CommandStatistics;
import dev.varve.server.dispatch.ServerInfo;
import dev.varve.storage.ReadView;
import dev.varve.storage.StorageStatistics;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;

/** INFO: Redis's sections under Redis's names as far as there is something to say, and our own. */
public final class InfoText implements ServerInfo {
  /** The version of Redis that commands, errors and INFO are like. */
  private static final String REDIS_VERSION = "7.0.15";

  private static final Set<String> DEFAULT_NAMES = Set.of("default", "all", "everything");
  private static final Set<String> ALL_NAMES = Set.of("all", "everything");

  private static final int RUN_ID_LENGTH = 40;

  private final InfoSources sources;
  private final String runId = newRunId();
  private final Map<String, Section> sections = new LinkedHashMap<>();
  private final RateSampler commandRate = new RateSampler();
  private final RateSampler inputRate = new RateSampler();
  private final RateSampler outputRate = new RateSampler();

  /** What RESETSTAT was told to forget: figures are given from there on. */
  private final Map<String, Long> forgotten = new java.util.concurrent.ConcurrentHashMap<>();

  private record Section(String title, boolean byDefault, Consumer<Lines> lines) {}

  /** Collects a section's lines. */
  private static final class Lines {
    private final StringBuilder text = new StringBuilder();

    Lines add(String name, Object value) {
      text.append(name).append(':').append(value).append("\r\n");
      return this;
    }

    Lines addFraction(String name, double value) {
      return add(name, String.format(Locale.ROOT, "%.2f", value));
    }
  }

  /** Makes the text from these sources. */
  public InfoText(InfoSources sources) {
    this.sources = sources;
    section("server", "Server", true, this::server);
    section("clients", "Clients", true, this::clients);
    section("memory", "Memory", true, this::memory);
    section("persistence", "Persistence", true, this::persistence);
    section("stats", "Stats", true, this::stats);
    section("replication", "Replication", true, this::replication);
    section("cpu", "CPU", true, this::cpu);
    section("modules", "Modules", true, lines -> {});
    section("commandstats", "Commandstats", false, this::commandStats);
    section("latencystats", "Latencystats", false, this::latencies);
    section("cluster", "Cluster", true, lines -> lines.add("cluster_enabled", 0));
    section("keyspace", "Keyspace", true, this::keyspace);
    section("storage", "Storage", true, this::storage);
  }

  private void section(String name, String title, boolean byDefault, Consumer<Lines> lines) {
    sections.put(name, new Section(title, byDefault, lines));
  }

  @Override
  public String text(Set<String> names) {
    boolean defaults = names.isEmpty() || names.stream().anyMatch(DEFAULT_NAMES::contains);
    boolean all = names.stream().anyMatch(ALL_NAMES::contains);
    StringBuilder text = new StringBuilder();
    sections.forEach(
        (name, section) -> {
          if (names.contains(name) || all || (defaults && section.byDefault)) {
            Lines lines = new Lines();
            section.lines.accept(lines);
            text.append(text.isEmpty() ? "" : "\r\n");
            text.append("# ").append(section.title).append("\r\n").append(lines.text);
          }
        });
    return text.toString();
  }

  @Override
  public void resetStatistics() {
    sources.commands().all().forEach(command -> command.statistics().reset());
    sources.engine().resetLatencies();
    for (String name : forgettable().keySet()) {
      forgotten.put(name, forgettable().get(name).getAsLong());
    }
  }

  /** Samples rates; each second, on one thread. */
  public void sample() {
    commandRate.sample(sum(loop -> loop.commands));
    inputRate.sample(sum(loop -> loop.inputBytes));
    outputRate.sample(sum(loop -> loop.outputBytes));
  }

  private void server(Lines lines) {
    long now = sources.clock().getAsLong();
    Path file = sources.configuration().file();
    long uptime = TimeUnit.MILLISECONDS.toSeconds(now - sources.startedMillis());
    lines
        .add("redis_version", REDIS_VERSION)
        .add("varve_version", sources.version())
        .add("redis_mode", "standalone")
        .add(
            "os",
            System.getProperty("os.name")
                + " "
                + System.getProperty("os.version")
                + " "
                + System.getProperty("os.arch"))
        .add("arch_bits", 64)
        .add("multiplexing_api", sources.ioBackend())
        .add("java_version", Runtime.version())
        .add("process_id", ProcessHandle.current().pid())
        .add("run_id", runId)
        .add("process_supervised", "no")
        .add("tcp_port", sources.port().getAsInt())
        .add("server_time_usec", TimeUnit.MILLISECONDS.toMicros(now))
        .add("uptime_in_seconds", uptime)
        .add("uptime_in_days", TimeUnit.SECONDS.toDays(uptime))
        .add("config_file", file == null ? "" : file)
        .add("io_threads_active", sources.loops().size() > 1 ? 1 : 0);
  }

  private void clients(Lines lines) {
    lines
        .add("connected_clients", sources.clients().getAsInt())
        .add("cluster_connections", 0)
        .add("maxclients", sources.configuration().get(Settings.MAX_CLIENTS))
        .add("blocked_clients", 0)
        .add("tracking_clients", 0)
        .add("clients_in_timeout_table", 0)
        .add("client_unsent_bytes", sources.unsentBytes().getAsLong());
  }

  private void memory(Lines lines) {
    Runtime runtime = Runtime.getRuntime();
    long resident = ProcessFigures.residentBytes();
    long peak = ProcessFigures.peakResidentBytes();
    long machine = MachineMemory.total();
    var plan = sources.configuration().memory();
    lines
        .add("used_memory", resident)
        .add("used_memory_human", human(resident))
        .add("used_memory_rss", resident)
        .add("used_memory_rss_human", human(resident))
        .add("used_memory_peak", peak)
        .add("used_memory_peak_human", human(peak))
        .add("used_memory_peak_perc", percent(resident, peak))
        .add("used_memory_heap", runtime.totalMemory() - runtime.freeMemory())
        .add("total_system_memory", machine)
        .add("total_system_memory_human", human(machine))
        .add("used_memory_lua", 0)
        .add("number_of_cached_scripts", 0)
        .add("maxmemory", plan.total())
        .add("maxmemory_human", human(plan.total()))
        .add("maxmemory_policy", "noeviction")
        .addFraction("mem_fragmentation_ratio", 1)
        .add("mem_fragmentation_bytes", 0)
        .add("mem_clients_normal", sources.clientBytes().getAsLong())
        .add("mem_clients_slaves", 0)
        .add("active_defrag_running", 0)
        .add("lazyfree_pending_objects", 0)
        .add("maxmemory_heap", plan.heap())
        .add("maxmemory_network", plan.network())
        .add("maxmemory_memtables", plan.memtables())
        .add("maxmemory_block_cache", plan.blockCache())
        .add("maxmemory_tables", plan.tables());
  }

  private void persistence(Lines lines) {
    String error = sources.writeError().get();
    var sync = sources.sync();
    Checkpoints.Status saves = sources.checkpoints().status();
    boolean running = saves.beganMillis() != 0;
    lines
        .add("loading", 0)
        .add("async_loading", 0)
        .add(
            "rdb_changes_since_last_save",
            sources.engine().visibleSequence() - saves.lastSequence())
        .add("rdb_bgsave_in_progress", running ? 1 : 0)
        .add("rdb_last_save_time", TimeUnit.MILLISECONDS.toSeconds(saves.lastMillis()))
        .add("rdb_last_bgsave_status", saves.error() == null ? "ok" : "err")
        .add("rdb_last_bgsave_time_sec", seconds(saves.lastTook()))
        .add(
            "rdb_current_bgsave_time_sec",
            running ? seconds(sources.clock().getAsLong() - saves.beganMillis()) : -1)
        .add("rdb_saves", saves.count())
        .add("rdb_last_cow_size", 0)
        .add("last_checkpoint", saves.last() == null ? "" : saves.last())
        .add("last_checkpoint_msec", saves.lastTook())
        .add("last_checkpoint_error", saves.error() == null ? "" : saves.error())
        .add("aof_enabled", 1)
        .add("aof_rewrite_in_progress", 0)
        .add("aof_rewrite_scheduled", 0)
        .add("aof_last_rewrite_time_sec", -1)
        .add("aof_current_rewrite_time_sec", -1)
        .add("aof_last_bgrewrite_status", "ok")
        .add("aof_rewrites", 0)
        .add("aof_last_write_status", error == null ? "ok" : "err")
        .add("aof_last_write_error", error == null ? "" : error)
        .add("aof_last_cow_size", 0)
        .add("aof_current_size", sources.engine().statistics().logBytes())
        .add("module_fork_in_progress", 0)
        .add("sync_count", sync.syncs())
        .add("sync_usec_total", sync.syncNanos() / 1000)
        .add("sync_usec_average", sync.averageNanos() / 1000)
        .add("sync_usec_slowest", sync.slowestNanos() / 1000)
        .add("commit_groups", sync.groups())
        .add("commit_operations", sync.groupedWrites())
        .add("parked_writes", sync.parkedWrites());
  }

  private static long seconds(long millis) {
    return millis < 0 ? -1 : TimeUnit.MILLISECONDS.toSeconds(millis);
  }

  private void stats(Lines lines) {
    forgettable()
        .forEach(
            (name, figure) ->
                lines.add(name, figure.getAsLong() - forgotten.getOrDefault(name, 0L)));
    lines
        .add("instantaneous_ops_per_sec", Math.round(commandRate.perSecond()))
        .addFraction("instantaneous_input_kbps", inputRate.perSecond() / 1024)
        .addFraction("instantaneous_output_kbps", outputRate.perSecond() / 1024)
        .add("total_net_repl_input_bytes", 0)
        .add("total_net_repl_output_bytes", 0)
        .addFraction("instantaneous_input_repl_kbps", 0)
        .addFraction("instantaneous_output_repl_kbps", 0)
        .add("sync_full", 0)
        .add("sync_partial_ok", 0)
        .add("sync_partial_err", 0)
        .add("evicted_keys", 0)
        .add("evicted_clients", 0)
        .add("pubsub_channels", 0)
        .add("pubsub_patterns", 0)
        .add("pubsubshard_channels", 0)
        .add("latest_fork_usec", 0)
        .add("total_forks", 0)
        .add("migrate_cached_sockets", 0)
        .add("slave_expires_tracked_keys", 0)
        .add("active_defrag_hits", 0)
        .add("active_defrag_misses", 0)
        .add("active_defrag_key_hits", 0)
        .add("active_defrag_key_misses", 0)
        .add("tracking_total_keys", 0)
        .add("tracking_total_items", 0)
        .add("tracking_total_prefixes", 0);
  }

  /** The counters of section Stats, which RESETSTAT sets to zero. */
  private Map<String, LongSupplier> forgettable() {
    Map<String, LongSupplier> figures = new LinkedHashMap<>();
    figures.put("total_connections_received", () -> sum(loop -> loop.connections));
    figures.put("total_commands_processed", () -> sum(loop -> loop.commands));
    figures.put("total_net_input_bytes", () -> sum(loop -> loop.inputBytes));
    figures.put("total_net_output_bytes", () -> sum(loop -> loop.outputBytes));
    figures.put("rejected_connections", () -> sum(loop -> loop.rejectedConnections));
    figures.put("expired_keys", sources.expiredKeys());
    figures.put("keyspace_hits", sources.hits());
    figures.put("keyspace_misses", sources.misses());
    figures.put("total_error_replies", this::errorReplies);
    figures.put("protocol_errors", () -> sum(loop -> loop.protocolErrors));
    figures.put(
        "client_output_buffer_limit_disconnections", () -> sum(loop -> loop.slowConnectionsClosed));
    figures.put("client_query_buffer_limit_disconnections", () -> sum(loop -> loop.inputOverflows));
    figures.put("closed_idle_clients", () -> sum(loop -> loop.idleConnectionsClosed));
    figures.put("output_stalls", () -> sum(loop -> loop.outputStalls));
    figures.put("read_pool_tasks", () -> sum(loop -> loop.poolTasks));
    return figures;
  }

  /** Of commands' statistics, those that are reset with them. */
  private long errorReplies() {
    long errors = sources.unknownCommands().getAsLong() + sum(loop -> loop.protocolErrors);
    for (CommandSpec command : sources.commands().all()) {
      errors += command.statistics().failedCalls() + command.statistics().rejectedCalls();
    }
    return errors;
  }

  private void replication(Lines lines) {
    lines
        .add("role", "master")
        .add("connected_slaves", 0)
        .add("master_failover_state", "no-failover")
        .add("master_replid", runId)
        .add("master_replid2", "0".repeat(RUN_ID_LENGTH))
        .add("master_repl_offset", sources.engine().visibleSequence())
        .add("second_repl_offset", -1)
        .add("repl_backlog_active", 0)
        .add("repl_backlog_size", 0)
        .add("repl_backlog_first_byte_offset", 0)
        .add("repl_backlog_histlen", 0);
  }

  private void cpu(Lines lines) {
    lines
        .addFraction("used_cpu_sys", ProcessFigures.systemSeconds())
        .addFraction("used_cpu_user", ProcessFigures.userSeconds())
        .addFraction("used_cpu_sys_children", ProcessFigures.childrenSystemSeconds())
        .addFraction("used_cpu_user_children", ProcessFigures.childrenUserSeconds());
  }

  private void commandStats(Lines lines) {
    for (CommandSpec command : sources.commands().all()) {
      CommandStatistics counted = command.statistics();
      long calls = counted.calls();
      if (calls + counted.rejectedCalls() + counted.failedCalls() > 0) {
        long micros = TimeUnit.NANOSECONDS.toMicros(counted.nanoseconds());
        lines.add(
            "cmdstat_" + command.fullName(),
            String.format(
                Locale.ROOT,
                "calls=%d,usec=%d,usec_per_call=%.2f,rejected_calls=%d,failed_calls=%d",
                calls,
                micros,
                calls == 0 ? 0.0 : (double) micros / calls,
                counted.rejectedCalls(),
                counted.failedCalls()));
      }
    }
  }

  private void latencies(Lines lines) {
    for (CommandSpec command : sources.commands().all()) {
      CommandStatistics counted = command.statistics();
      if (counted.calls() > 0) {
        lines.add(
            "latency_percentiles_usec_" + command.fullName(),
            percentiles(
                counted.percentileNanos(50) / 1000,
                counted.percentileNanos(99) / 1000,
                counted.percentileNanos(99.9) / 1000));
      }
    }
    sources
        .engine()
        .statistics()
        .latencies()
        .forEach(
            (operation, latency) ->
                lines.add(
                    "latency_percentiles_usec_storage_" + operation.name().toLowerCase(Locale.ROOT),
                    percentiles(
                        latency.p50Nanos() / 1000.0,
                        latency.p99Nanos() / 1000.0,
                        latency.p999Nanos() / 1000.0)));
  }

  private static String percentiles(double p50Micros, double p99Micros, double p999Micros) {
    return String.format(
        Locale.ROOT, "p50=%.3f,p99=%.3f,p99.9=%.3f", p50Micros, p99Micros, p999Micros);
  }

  private void keyspace(Lines lines) {
    try (ReadView view = sources.engine().view()) {
      for (int index = 0; index < sources.configuration().databases(); index++) {
        int id = sources.databases().id(index, view, true);
        long keys = Databases.keys(sources.engine(), id);
        if (keys > 0) {
          // Exporters want all three; which of the keys are to expire isn't counted.
          lines.add("db" + index, "keys=" + keys + ",expires=0,avg_ttl=0");
        }
      }
    }
  }

  /** By how many the number of keys of each database may be off, where it may. */
  private void uncertainKeys(Lines lines) {
    try (ReadView view = sources.engine().view()) {
      for (int index = 0; index < sources.configuration().databases(); index++) {
        int id = sources.databases().id(index, view, true);
        long uncertain = Databases.uncertainKeys(sources.engine(), id);
        if (uncertain > 0) {
          lines.add("keys_uncertain_db" + index, uncertain);
        }
      }
    }
  }

  private void storage(Lines lines) {
    StorageStatistics figures = sources.engine().statistics();
    lines
        .add("memtable_bytes", figures.memtableBytes())
        .add("memtable_entries", figures.memtableEntries())
        .add("immutable_memtables", figures.immutableMemtables())
        .add("flushed_memtables", figures.flushedMemtables())
        .add("log_bytes", figures.logBytes())
        .add("log_written_bytes", figures.logWrittenBytes());
    for (int level = 0; level < figures.levels().size(); level++) {
      StorageStatistics.Level at = figures.levels().get(level);
      lines.add(
          "level" + level,
          "tables=" + at.tables() + ",bytes=" + at.bytes() + ",entries=" + at.entries());
    }
    StorageStatistics.Blobs blobs = figures.blobs();
    lines
        .add("blob_files", blobs.files())
        .add("blob_bytes", blobs.bytes())
        .add("blob_values", blobs.values())
        .add("blob_garbage_bytes", blobs.garbageBytes())
        .add("block_cache_bytes", figures.blockCacheBytes())
        .add("block_cache_capacity", figures.blockCacheCapacity())
        .add("block_cache_hits", figures.blockCacheHits())
        .add("block_cache_misses", figures.blockCacheMisses())
        .addFraction("block_cache_hit_ratio", figures.blockCacheHitRatio())
        .add("table_memory_bytes", figures.tableMemoryBytes())
        .add("filter_memory_bytes", figures.filterMemoryBytes())
        .add("filter_spared_lookups", figures.filterSparedLookups())
        .add("filter_misled_lookups", figures.filterMisledLookups())
        .add("flushes", figures.flushes())
        .add("flush_in_progress", figures.flushing() ? 1 : 0)
        .add("flush_written_bytes", figures.flushWrittenBytes())
        .add("compactions", figures.compactions())
        .add("compaction_in_progress", figures.compacting() ? 1 : 0)
        .add("compaction_read_bytes", figures.compactionReadBytes())
        .add("compaction_written_bytes", figures.compactionWrittenBytes())
        .addFraction("compaction_pressure", figures.compactionPressure())
        .add("compaction_debt_bytes", figures.compactionDebtBytes())
        .addFraction("write_amplification", figures.writeAmplification())
        .add("read_amplification", figures.readAmplification())
        .addFraction("space_amplification", figures.spaceAmplification())
        .add("write_stalls", figures.stalls())
        .add("write_slowdowns", figures.slowdowns())
        .add("keys_uncertain", figures.blindEntries());
    uncertainKeys(lines);
    lines
        .add("disk_reserve_bytes", figures.reserveBytes())
        .add("disk_full", figures.diskFull() ? 1 : 0)
        .add("storage_poisoned", figures.poisoned() == null ? "" : figures.poisoned())
        .add(
            "storage_background_error",
            figures.backgroundError() == null ? "" : figures.backgroundError());
  }

  private long sum(Function<LoopStatistics, Counter> counter) {
    long sum = 0;
    for (LoopStatistics loop : sources.loops()) {
      sum += counter.apply(loop).sum();
    }
    return sum;
  }

  private static String human(long bytes) {
    double value = bytes;
    for (String unit : new String[] {"B", "K", "M", "G", "T"}) {
      if (value < 1024) {
        return String.format(Locale.ROOT, unit.equals("B") ? "%.0f%s" : "%.2f%s", value, unit);
      }
      value /= 1024;
    }
    return String.format(Locale.ROOT, "%.2fP", value);
  }

  private static String percent(long part, long whole) {
    return String.format(Locale.ROOT, "%.2f%%", whole == 0 ? 0 : 100.0 * part / whole);
  }

  private static String newRunId() {
    StringBuilder id = new StringBuilder();
    for (int i = 0; i < RUN_ID_LENGTH; i++) {
      id.append(Character.forDigit(ThreadLocalRandom.current().nextInt(16), 16));
    }
    return id.toString();
  }
}
