package dev.varve.server.metrics;

import dev.varve.server.config.Settings;
import dev.varve.server.datatype.Databases;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.dispatch.AclLog.Reason;
import dev.varve.server.dispatch.Checkpoints;
import dev.varve.server.dispatch.MemoryFigures;
import dev.varve.server.dispatch.ServerInfo;
import dev.varve.server.pubsub.SubscriptionKind;
import dev.varve.storage.StorageStatistics;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;

/** INFO: Redis's sections under Redis's names as far as there is something to say, and our own. */
public final class InfoText implements ServerInfo {
  private static final Set<String> DEFAULT_NAMES = Set.of("default", "all", "everything");
  private static final Set<String> ALL_NAMES = Set.of("all", "everything");

  private static final int RUN_ID_LENGTH = 40;

  /** As Redis says it of a build by another compiler. */
  private static final String NO_GCC = "0.0.0";

  /** What Redis's timer does is done once a second, or when it is due. */
  private static final int TICKS_PER_SECOND = 1;

  /** Redis's clock of accesses has 24 bits. */
  private static final int LRU_CLOCK_MASK = (1 << 24) - 1;

  private static final String EXECUTABLE = ProcessHandle.current().info().command().orElse("");

  private final InfoSources sources;
  private final MemoryInfo memory;
  private final AverageTtl averageTtl;
  private final String runId = newRunId();
  private volatile String replicationId = runId;
  private final Map<String, Section> sections = new LinkedHashMap<>();
  private final RateSampler commandRate = new RateSampler();
  private final RateSampler inputRate = new RateSampler();
  private final RateSampler outputRate = new RateSampler();

  /** Processor time of the thread that samples. */
  private volatile ProcessFigures.Seconds storageThread = ProcessFigures.Seconds.NONE;

  /** What RESETSTAT was told to forget: figures are given from there on. */
  private final Map<String, Long> forgotten = new java.util.concurrent.ConcurrentHashMap<>();

  private record Section(String title, boolean byDefault, BiConsumer<InfoLines, Keyspace> lines) {}

  /** Makes the text from these sources. */
  public InfoText(InfoSources sources) {
    this.sources = sources;
    averageTtl = new AverageTtl(sources);
    section("server", "Server", true, this::server);
    section("clients", "Clients", true, this::clients);
    memory = new MemoryInfo(sources);
    section("memory", "Memory", true, memory::write);
    section("persistence", "Persistence", true, this::persistence);
    section("stats", "Stats", true, this::stats);
    section("replication", "Replication", true, this::replication);
    section("cpu", "CPU", true, this::cpu);
    section("modules", "Modules", true, lines -> {});
    CommandInfo commands = new CommandInfo(sources);
    section("commandstats", "Commandstats", false, commands::calls);
    section("errorstats", "Errorstats", true, commands::errors);
    section("latencystats", "Latencystats", false, commands::latencies);
    section("cluster", "Cluster", true, lines -> lines.add("cluster_enabled", 0));
    section("keyspace", "Keyspace", true, this::keyspace);
    section("storage", "Storage", true, this::storage);
  }

  private void section(String name, String title, boolean byDefault, Consumer<InfoLines> lines) {
    section(name, title, byDefault, (to, keyspace) -> lines.accept(to));
  }

  private void section(
      String name, String title, boolean byDefault, BiConsumer<InfoLines, Keyspace> lines) {
    sections.put(name, new Section(title, byDefault, lines));
  }

  @Override
  public String text(Set<String> names, Keyspace keyspace) {
    boolean defaults = names.isEmpty() || names.stream().anyMatch(DEFAULT_NAMES::contains);
    boolean all = names.stream().anyMatch(ALL_NAMES::contains);
    StringBuilder text = new StringBuilder();
    sections.forEach(
        (name, section) -> {
          if (names.contains(name) || all || (defaults && section.byDefault)) {
            InfoLines lines = new InfoLines();
            section.lines.accept(lines, keyspace);
            text.append(text.isEmpty() ? "" : "\r\n");
            text.append("# ").append(section.title).append("\r\n").append(lines);
          }
        });
    return text.toString();
  }

  @Override
  public String runId() {
    return runId;
  }

  @Override
  public MemoryFigures memory() {
    return memory.figures();
  }

  @Override
  public void changeReplicationId() {
    replicationId = newRunId();
  }

  @Override
  public void resetStatistics() {
    sources.commands().all().forEach(command -> command.statistics().reset());
    sources.errors().reset();
    sources.engine().resetLatencies();
    for (String name : forgettable().keySet()) {
      forgotten.put(name, forgettable().get(name).getAsLong());
    }
  }

  /** Samples rates; each second, on the storage thread. */
  public void sample() {
    storageThread = ProcessFigures.threadTime(storageThread);
    commandRate.sample(sum(loop -> loop.commands));
    inputRate.sample(sum(loop -> loop.inputBytes));
    outputRate.sample(sum(loop -> loop.outputBytes));
    averageTtl.sample();
  }

  private void server(InfoLines lines) {
    long now = sources.clock().getAsLong();
    Path file = sources.configuration().file();
    long uptime = TimeUnit.MILLISECONDS.toSeconds(now - sources.startedMillis());
    lines
        .add("redis_version", REDIS_VERSION)
        .add("redis_git_sha1", sources.build().commit())
        .add("redis_git_dirty", sources.build().dirty() ? 1 : 0)
        .add("redis_build_id", sources.build().id())
        .add("varve_version", sources.build().version())
        .add("redis_mode", "standalone")
        .add(
            "os",
            System.getProperty("os.name")
                + " "
                + System.getProperty("os.version")
                + " "
                + System.getProperty("os.arch"))
        .add("arch_bits", 64)
        .add("monotonic_clock", "POSIX clock_gettime")
        .add("multiplexing_api", sources.ioBackend())
        .add("atomicvar_api", "java-varhandle")
        .add("gcc_version", NO_GCC)
        .add("java_version", Runtime.version())
        .add("process_id", ProcessHandle.current().pid())
        .add("run_id", runId)
        .add(
            "process_supervised",
            sources.configuration().systemdSocket() == null ? "no" : "systemd")
        .add("tcp_port", sources.port().getAsInt())
        .add("server_time_usec", TimeUnit.MILLISECONDS.toMicros(now))
        .add("uptime_in_seconds", uptime)
        .add("uptime_in_days", TimeUnit.SECONDS.toDays(uptime))
        .add("hz", TICKS_PER_SECOND)
        .add("configured_hz", TICKS_PER_SECOND)
        .add("lru_clock", TimeUnit.MILLISECONDS.toSeconds(now) & LRU_CLOCK_MASK)
        .add("executable", EXECUTABLE)
        .add("config_file", file == null ? "" : file)
        .add("io_threads_active", sources.ioThreads() ? 1 : 0);
  }

  private void clients(InfoLines lines) {
    lines
        .add("connected_clients", sources.clients().getAsInt())
        .add("cluster_connections", 0)
        .add("maxclients", sources.configuration().get(Settings.MAX_CLIENTS))
        .add("client_recent_max_input_buffer", largest(loop -> loop.inputBuffer))
        .add("client_recent_max_output_buffer", largest(loop -> loop.outputBuffer))
        .add("blocked_clients", sources.waitingClients().getAsInt())
        .add("tracking_clients", sources.cachedKeys().trackerCount())
        .add("clients_in_timeout_table", sources.waitingLimitedTime().getAsLong())
        .add("client_unsent_bytes", sources.unsentBytes().getAsLong())
        .add("streamed_replies", sources.streams().underWay());
  }

  private void persistence(InfoLines lines) {
    String error = sources.writeError().get();
    var sync = sources.sync();
    Checkpoints.Status saves = sources.checkpoints().status();
    boolean running = saves.beganMillis() != 0;
    long mayBeLost = sources.engine().writtenSequence() - sources.engine().durableSequence();
    lines
        .none("loading", "async_loading", "current_cow_peak", "current_cow_size")
        .none("current_cow_size_age", "current_fork_perc", "current_save_keys_processed")
        .none("current_save_keys_total", "rdb_last_load_keys_expired", "rdb_last_load_keys_loaded")
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
        .none("rdb_last_cow_size")
        .add("last_checkpoint", saves.last() == null ? "" : saves.last())
        .add("last_checkpoint_msec", saves.lastTook())
        .add("last_checkpoint_error", saves.error() == null ? "" : saves.error())
        .add("aof_enabled", 1)
        .add(
            "aof_rewrite_in_progress",
            sources.engine().statistics().immutableMemtables() > 0 ? 1 : 0)
        .none("aof_rewrite_scheduled", "aof_pending_rewrite")
        .add("aof_last_rewrite_time_sec", -1)
        .add("aof_current_rewrite_time_sec", -1)
        .add("aof_last_bgrewrite_status", "ok")
        .none("aof_rewrites", "aof_rewrites_consecutive_failures", "aof_base_size")
        .add("aof_last_write_status", error == null ? "ok" : "err")
        .add("aof_last_write_error", error == null ? "" : error)
        .add("aof_current_size", sources.engine().statistics().logBytes())
        .add("aof_pending_bio_fsync", mayBeLost > 0 ? 1 : 0)
        .none("aof_buffer_length", "aof_delayed_fsync", "aof_last_cow_size")
        .none("module_fork_in_progress", "module_fork_last_cow_size")
        .add("sync_count", sync.syncs())
        .add("sync_usec_total", sync.syncNanos() / 1000)
        .add("sync_usec_average", sync.averageNanos() / 1000)
        .add("sync_usec_slowest", sync.slowestNanos() / 1000)
        .add("commit_groups", sync.groups())
        .add("commit_operations", sync.groupedWrites())
        .add("parked_writes", sync.parkedWrites())
        .add("rehearsals", sync.rehearsals())
        .add("writer_roles_lent", sync.rolesLent())
        .add("leases", sync.leases())
        .add("builds_aside", sync.buildsUnderWay())
        .add("total_builds_aside", sync.builds())
        .add("key_events", sources.effects().events())
        .add("key_event_bytes_waiting", sources.effects().waitingBytes());
  }

  private static long seconds(long millis) {
    return millis < 0 ? -1 : TimeUnit.MILLISECONDS.toSeconds(millis);
  }

  private void stats(InfoLines lines) {
    forgettable()
        .forEach(
            (name, figure) ->
                lines.add(name, figure.getAsLong() - forgotten.getOrDefault(name, 0L)));
    lines
        .add("total_error_replies", sources.errors().total())
        .add("instantaneous_ops_per_sec", Math.round(commandRate.perSecond()))
        .addFraction("instantaneous_input_kbps", inputRate.perSecond() / 1024)
        .addFraction("instantaneous_output_kbps", outputRate.perSecond() / 1024)
        .none("total_net_repl_input_bytes", "total_net_repl_output_bytes")
        .addFraction("instantaneous_input_repl_kbps", 0)
        .addFraction("instantaneous_output_repl_kbps", 0)
        .none("sync_full", "sync_partial_ok", "sync_partial_err")
        .addFraction("expired_stale_perc", 0)
        .none("expired_time_cap_reached_count", "evicted_keys")
        .none("total_eviction_exceeded_time", "current_eviction_exceeded_time")
        .add("pubsub_channels", sources.channels().count(SubscriptionKind.CHANNEL))
        .add("pubsub_patterns", sources.channels().count(SubscriptionKind.PATTERN))
        .add("pubsubshard_channels", sources.channels().count(SubscriptionKind.SHARD_CHANNEL))
        .none("latest_fork_usec", "total_forks")
        .add("migrate_cached_sockets", sources.targets().getAsInt())
        .none("slave_expires_tracked_keys", "active_defrag_hits", "active_defrag_misses")
        .none("active_defrag_key_hits", "active_defrag_key_misses")
        .none("total_active_defrag_time", "current_active_defrag_time")
        .add("tracking_total_keys", sources.cachedKeys().keyCount())
        .add("tracking_total_items", sources.cachedKeys().itemCount())
        .add("tracking_total_prefixes", sources.cachedKeys().prefixCount())
        .none("unexpected_error_replies", "dump_payload_sanitizations")
        .none("reply_buffer_shrinks", "reply_buffer_expands");
  }

  /** The counters of section Stats, which RESETSTAT sets to zero. */
  private Map<String, LongSupplier> forgettable() {
    Map<String, LongSupplier> figures = new LinkedHashMap<>();
    figures.put("total_connections_received", () -> sum(loop -> loop.connections));
    figures.put("total_commands_processed", () -> sum(loop -> loop.commands));
    figures.put("total_net_input_bytes", () -> sum(loop -> loop.inputBytes));
    figures.put("total_net_output_bytes", () -> sum(loop -> loop.outputBytes));
    figures.put("total_reads_processed", () -> sum(loop -> loop.reads));
    figures.put("total_writes_processed", () -> sum(loop -> loop.writes));
    figures.put("total_streamed_replies", sources.streams()::begun);
    figures.put("acl_access_denied_auth", () -> sources.refused().count(Reason.AUTH));
    figures.put("acl_access_denied_cmd", () -> sources.refused().count(Reason.COMMAND));
    figures.put("acl_access_denied_key", () -> sources.refused().count(Reason.KEY));
    figures.put("acl_access_denied_channel", () -> sources.refused().count(Reason.CHANNEL));
    figures.put("io_threaded_reads_processed", () -> onIoThreads(loop -> loop.reads));
    figures.put("io_threaded_writes_processed", () -> onIoThreads(loop -> loop.writes));
    figures.put("rejected_connections", () -> sum(loop -> loop.rejectedConnections));
    figures.put("evicted_clients", sources.evictedClients());
    figures.put("expired_keys", sources.expiredKeys());
    figures.put("keyspace_hits", sources.hits());
    figures.put("keyspace_misses", sources.misses());
    figures.put("protocol_errors", () -> sum(loop -> loop.protocolErrors));
    figures.put(
        "client_output_buffer_limit_disconnections", () -> sum(loop -> loop.slowConnectionsClosed));
    figures.put("client_query_buffer_limit_disconnections", () -> sum(loop -> loop.inputOverflows));
    figures.put("closed_idle_clients", () -> sum(loop -> loop.idleConnectionsClosed));
    figures.put("output_stalls", () -> sum(loop -> loop.outputStalls));
    figures.put("read_pool_tasks", () -> sum(loop -> loop.poolTasks));
    return figures;
  }

  private void replication(InfoLines lines) {
    lines
        .add("role", "master")
        .add("connected_slaves", 0)
        .add("master_failover_state", "no-failover")
        .add("master_replid", replicationId)
        .add("master_replid2", "0".repeat(RUN_ID_LENGTH))
        .add("master_repl_offset", sources.engine().visibleSequence())
        .add("second_repl_offset", -1)
        .add("repl_backlog_active", 0)
        .add("repl_backlog_size", 0)
        .add("repl_backlog_first_byte_offset", 0)
        .add("repl_backlog_histlen", 0);
  }

  private void cpu(InfoLines lines) {
    ProcessFigures.Seconds own = ProcessFigures.ownTime();
    ProcessFigures.Seconds children = ProcessFigures.childrenTime();
    ProcessFigures.Seconds mainThread = storageThread;
    lines
        .addFraction("used_cpu_sys", own.system())
        .addFraction("used_cpu_user", own.user())
        .addFraction("used_cpu_sys_children", children.system())
        .addFraction("used_cpu_user_children", children.user())
        .addFraction("used_cpu_sys_main_thread", mainThread.system())
        .addFraction("used_cpu_user_main_thread", mainThread.user());
  }

  private void keyspace(InfoLines lines, Keyspace keyspace) {
    for (int index = 0; index < sources.configuration().databases(); index++) {
      int id = keyspace.databaseId(index);
      long keys = keyspace.keyCount(id);
      if (keys > 0) {
        long expiring = Databases.expiringKeys(keyspace.view(), id);
        // Exporters want all three; 0 says, as in Redis, that there is no estimate.
        long millis = expiring == 0 ? 0 : averageTtl.times().millis(id);
        lines.add("db" + index, "keys=" + keys + ",expires=" + expiring + ",avg_ttl=" + millis);
      }
    }
  }

  /** By how many the number of keys of each database may be off, where it may. */
  private void uncertainKeys(InfoLines lines, Keyspace keyspace) {
    for (int index = 0; index < sources.configuration().databases(); index++) {
      long uncertain = Databases.uncertainKeys(keyspace.view(), keyspace.databaseId(index));
      if (uncertain > 0) {
        lines.add("keys_uncertain_db" + index, uncertain);
      }
    }
  }

  private void storage(InfoLines lines, Keyspace keyspace) {
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
        .add("row_cache_bytes", figures.rowCacheBytes())
        .add("row_cache_hits", figures.rowCacheHits())
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
    uncertainKeys(lines, keyspace);
    lines
        .add("db_size_bytes", sources.quota().used())
        .add("max_db_size", sources.quota().limit())
        .add("disk_reserve_bytes", figures.reserveBytes())
        .add("disk_full", figures.diskFull() ? 1 : 0)
        .add("storage_poisoned", figures.poisoned() == null ? "" : figures.poisoned())
        .add(
            "storage_background_error",
            figures.backgroundError() == null ? "" : figures.backgroundError());
  }

  private long onIoThreads(Function<LoopStatistics, Counter> counter) {
    return sources.ioThreads() ? sum(counter) : 0;
  }

  private long largest(Function<LoopStatistics, RecentMaximum> figure) {
    return sources.loops().stream().mapToLong(loop -> figure.apply(loop).value()).max().orElse(0);
  }

  private long sum(Function<LoopStatistics, Counter> counter) {
    long sum = 0;
    for (LoopStatistics loop : sources.loops()) {
      sum += counter.apply(loop).sum();
    }
    return sum;
  }

  private static String newRunId() {
    StringBuilder id = new StringBuilder();
    for (int i = 0; i < RUN_ID_LENGTH; i++) {
      id.append(Character.forDigit(ThreadLocalRandom.current().nextInt(16), 16));
    }
    return id.toString();
  }
}
