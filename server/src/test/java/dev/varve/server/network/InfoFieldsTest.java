package dev.varve.server.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.protocol.Reply;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What INFO tells to those that watch servers, and settings over the wire. */
@Timeout(120)
class InfoFieldsTest {
  /** By which exporters, dashboards and {@code redis-cli --stat} know Redis 7. */
  private static final List<String> WANTED =
      List.of(
          "redis_version uptime_in_seconds process_id run_id tcp_port config_file",
          "redis_git_sha1 redis_git_dirty redis_build_id monotonic_clock atomicvar_api",
          "gcc_version hz configured_hz lru_clock executable",
          "client_recent_max_input_buffer client_recent_max_output_buffer mem_allocator",
          "allocator_active allocator_allocated allocator_resident allocator_frag_ratio",
          "allocator_frag_bytes allocator_rss_ratio allocator_rss_bytes used_memory_overhead",
          "used_memory_startup used_memory_dataset used_memory_scripts",
          "mem_not_counted_for_evict expired_stale_perc expired_time_cap_reached_count",
          "aof_base_size aof_pending_rewrite aof_buffer_length aof_pending_bio_fsync",
          "aof_delayed_fsync module_fork_last_cow_size unexpected_error_replies",
          "total_reads_processed total_writes_processed io_threaded_reads_processed",
          "io_threaded_writes_processed dump_payload_sanitizations io_threads_active",
          "used_cpu_sys_main_thread used_cpu_user_main_thread",
          "connected_clients blocked_clients maxclients tracking_clients",
          "used_memory used_memory_human used_memory_rss used_memory_peak used_memory_lua",
          "total_system_memory maxmemory maxmemory_policy mem_fragmentation_ratio",
          "mem_clients_normal mem_clients_slaves lazyfree_pending_objects",
          "loading rdb_changes_since_last_save rdb_bgsave_in_progress rdb_last_save_time",
          "rdb_last_bgsave_status rdb_last_bgsave_time_sec rdb_current_bgsave_time_sec",
          "aof_enabled aof_rewrite_in_progress aof_rewrite_scheduled aof_last_rewrite_time_sec",
          "aof_current_rewrite_time_sec aof_last_bgrewrite_status aof_last_write_status",
          "aof_current_size rdb_last_cow_size aof_last_cow_size module_fork_in_progress",
          "total_connections_received total_commands_processed instantaneous_ops_per_sec",
          "total_net_input_bytes total_net_output_bytes instantaneous_input_kbps",
          "instantaneous_output_kbps rejected_connections sync_full sync_partial_ok",
          "sync_partial_err expired_keys evicted_keys keyspace_hits keyspace_misses",
          "pubsub_channels pubsub_patterns latest_fork_usec total_error_replies",
          "role connected_slaves master_replid master_repl_offset second_repl_offset",
          "repl_backlog_active repl_backlog_size repl_backlog_histlen",
          "used_cpu_sys used_cpu_user used_cpu_sys_children used_cpu_user_children",
          "cluster_enabled db0");

  @TempDir Path directory;

  private static String info(TestClient client, String section) throws Exception {
    return assertInstanceOf(Reply.BulkString.class, client.call("INFO", section)).text();
  }

  @Test
  void exportersFindTheirFields() throws Exception {
    try (ServerFixture server = new ServerFixture(directory);
        TestClient client = server.connect()) {
      client.call("SET", "key", "value");
      Set<String> names =
          info(client, "everything")
              .lines()
              .filter(line -> line.contains(":"))
              .map(line -> line.substring(0, line.indexOf(':')))
              .collect(Collectors.toSet());
      TreeSet<String> missing =
          WANTED.stream()
              .flatMap(line -> Arrays.stream(line.split(" ", -1)))
              .collect(Collectors.toCollection(TreeSet::new));
      missing.removeAll(names);
      assertEquals(Set.of(), missing);
      assertEquals("# Keyspace\r\ndb0:keys=1,expires=0,avg_ttl=0\r\n", info(client, "keyspace"));
      client.call("SET", "key2", "value", "EX", "100");
      client.call("SET", "key3", "value", "EX", "100");
      client.call("SET", "key3", "value");
      client.call("MOVE", "key2", "1");
      String figures =
          "# Keyspace\r\ndb0:keys=2,expires=0,avg_ttl=0\r\ndb1:keys=1,expires=1,avg_ttl=";
      String keyspace;
      do {
        keyspace = info(client, "keyspace");
        assertTrue(keyspace.matches(figures + "\\d+\r\n"), keyspace);
      } while (keyspace.equals(figures + "0\r\n"));
      long millis = Long.parseLong(keyspace.substring(figures.length()).trim());
      assertTrue(millis <= 100_000, keyspace);
    }
  }

  @Test
  void figuresOfTheTreeFollowWhatItDoes() throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--memtable-entries", "200");
        TestClient client = server.connect()) {
      for (int i = 0; i < 1000; i++) {
        client.call("SET", "key" + i, "value");
      }
      server.engine().makeCold();
      for (int i = 0; i < 1000; i++) {
        client.call("GET", "nokey" + i);
      }
      String storage = info(client, "storage");
      assertTrue(Integer.parseInt(figure(storage, "read_amplification")) >= 1, storage);
      assertTrue(Double.parseDouble(figure(storage, "write_amplification")) > 1, storage);
      assertTrue(Double.parseDouble(figure(storage, "space_amplification")) >= 1, storage);
      assertTrue(Integer.parseInt(figure(storage, "filter_memory_bytes")) > 0, storage);
      String latencies = info(client, "latencystats");
      assertTrue(latencies.contains("latency_percentiles_usec_set:p50="), latencies);
      for (String operation : List.of("sync", "flush")) {
        assertTrue(
            latencies
                .lines()
                .anyMatch(
                    line ->
                        line.matches(
                            "latency_percentiles_usec_storage_"
                                + operation
                                + ":p50=[0-9.]+,p99=[0-9.]+,p99.9=[0-9.]+")),
            latencies);
      }
      client.call("CONFIG", "RESETSTAT");
      String after = info(client, "latencystats");
      assertTrue(!after.contains("_set:"), after);
      assertTrue(!after.contains("_storage_sync:"), after);
    }
  }

  private static String figure(String section, String name) {
    return section
        .lines()
        .filter(line -> line.startsWith(name + ":"))
        .map(line -> line.substring(name.length() + 1))
        .findFirst()
        .orElseThrow();
  }

  /** Whoever asks for counts sees those of what came before in its pipeline, wherever that ran. */
  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void whatCameBeforeInThePipelineIsCounted(String ioThreads) throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", ioThreads);
        TestClient client = server.connect()) {
      for (int round = 1; round <= 3; round++) {
        client.sendBytes(
            "SET a 1\r\nGET a\r\nGET b\r\nINFO commandstats\r\nPING\r\nLATENCY HISTOGRAM ping\r\n"
                .getBytes(StandardCharsets.US_ASCII));
        client.read();
        client.read();
        client.read();
        String counts = ((Reply.BulkString) client.read()).text();
        assertTrue(counts.contains("cmdstat_set:calls=" + round + ","), counts);
        assertTrue(counts.contains("cmdstat_get:calls=" + 2 * round + ","), counts);
        client.read();
        String histogram = client.read().toString();
        assertTrue(histogram.contains("IntegerValue[value=" + round + "]"), histogram);
      }
    }
  }

  @Test
  void errorsAreCountedUntilStatisticsAreReset() throws Exception {
    try (ServerFixture server = new ServerFixture(directory);
        TestClient client = server.connect()) {
      client.call("SET", "key", "value");
      assertEquals(0, client.info("total_error_replies"));
      client.call("INCR", "key");
      client.call("GET");
      client.call("NOSUCHCOMMAND");
      assertEquals(3, client.info("total_error_replies"));
      assertTrue(info(client, "commandstats").contains("cmdstat_incr:calls=1,"));
      client.call("CONFIG", "RESETSTAT");
      assertEquals(0, client.info("total_error_replies"));
      assertTrue(!info(client, "commandstats").contains("cmdstat_incr"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void errorsAreToldByTheirCodes(String ioThreads) throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", ioThreads);
        TestClient client = server.connect();
        TestClient spoilt = server.connect()) {
      assertEquals("# Errorstats\r\n", info(client, "errorstats"));
      client.call("SET", "key", "value");
      client.call("INCR", "key");
      client.call("NOSUCHCOMMAND");
      client.call("HELLO", "4");
      client.call("AUTH", "nobody", "x");
      spoilt.sendBytes("*x\r\n".getBytes(StandardCharsets.US_ASCII));
      spoilt.read();
      // Nobody sees it, but it is one all the same.
      client.send("CLIENT", "REPLY", "SKIP");
      client.send("GET");
      assertEquals(
          List.of(
              "# Errorstats",
              "errorstat_ERR:count=4",
              "errorstat_NOPROTO:count=1",
              "errorstat_WRONGPASS:count=1"),
          info(client, "errorstats").lines().toList());
      assertTrue(info(client, "default").contains("errorstat_ERR:count=4\r\n"));
      assertEquals(6, client.info("total_error_replies"));
      client.call("CONFIG", "RESETSTAT");
      assertEquals("# Errorstats\r\n", info(client, "errorstats"));
    }
  }

  /** What a script makes up is no part of INFO's form, as in Redis. */
  @Test
  void codesThatScriptsMakeUpLeaveLinesWhole() throws Exception {
    try (ServerFixture server = new ServerFixture(directory);
        TestClient client = server.connect()) {
      client.call("EVAL", "return {err='{\"code\": 40000}'}", "0");
      client.call("EVAL", "return {err='#A::B z'}", "0");
      assertEquals(
          List.of("# Errorstats", "errorstat__A__B:count=1", "errorstat_{\"code\"_:count=1"),
          info(client, "errorstats").lines().toList());
      client.call("CONFIG", "RESETSTAT");
      client.call("EVAL", "return {err='nocode'}", "0");
      client.call("EVAL", "return {err=('c'):rep(31)..' is too long for a code'}", "0");
      client.call("EVAL", "local e = redis.pcall('incr') e.err = 'none' return e", "0");
      assertEquals(
          List.of("# Errorstats", "errorstat_ERR:count=3"),
          info(client, "errorstats").lines().toList());
    }
  }

  /** Each would take memory for good, and a line of INFO. */
  @Test
  void codesThatScriptsMakeUpAreToldApartUpToANumber() throws Exception {
    try (ServerFixture server = new ServerFixture(directory);
        TestClient client = server.connect()) {
      for (int i = 0; i < 1000; i++) {
        client.call("EVAL", "return {err=ARGV[1]..' x'}", "0", "CODE" + i);
      }
      client.call("NOSUCHCOMMAND");
      client.call("EVAL", "return {err='CODE5 x'}", "0");
      List<String> lines = info(client, "errorstats").lines().toList();
      assertEquals(130, lines.size());
      assertTrue(lines.contains("errorstat_CODE5:count=2"), lines.toString());
      assertTrue(lines.contains("errorstat_ERRORSTATS_OVERFLOW:count=873"), lines.toString());
      assertEquals(1002, client.info("total_error_replies"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void readsAndWritesAreCounted(String ioThreads) throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", ioThreads);
        TestClient client = server.connect()) {
      long reads = client.info("total_reads_processed");
      for (int i = 0; i < 10; i++) {
        client.call("PING");
      }
      assertEquals(reads + 11, client.info("total_reads_processed"));
      assertTrue(client.info("total_writes_processed") > 10);
      assertEquals(ioThreads.equals("1"), client.info("io_threaded_reads_processed") > 0);
      assertEquals(ioThreads.equals("1"), client.info("io_threads_active") == 1);
    }
  }

  @Test
  void longerKeysAreTakenIfAskedFor() throws Exception {
    String key = "k".repeat(1 << 20);
    try (ServerFixture server = new ServerFixture(directory, "--memtable-bytes", "4mb");
        TestClient client = server.connect()) {
      assertEquals(
          new Reply.SimpleError(
              "ERR key of 1048576 bytes is longer than the 65536 that a key may have"
                  + " (see max-key-bytes)"),
          client.call("SET", key, "value"));
      client.call("CONFIG", "SET", "max-key-bytes", "1mb");
      for (int i = 0; i < 20; i++) {
        assertEquals(
            new Reply.SimpleString("OK"), client.call("SET", i + key.substring(2), "value" + i));
      }
    }
    try (ServerFixture server = new ServerFixture(directory);
        TestClient client = server.connect()) {
      for (int i = 0; i < 20; i++) {
        assertEquals(new Reply.BulkString("value" + i), client.call("GET", i + key.substring(2)));
      }
      assertEquals(new Reply.IntegerValue(20), client.call("DBSIZE"));
      assertEquals(new Reply.IntegerValue(1), client.call("DEL", 7 + key.substring(2)));
    }
  }
}
