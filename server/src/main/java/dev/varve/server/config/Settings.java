package dev.varve.server.config;

import dev.varve.server.datatype.EventSelection;
import dev.varve.server.dispatch.DebugSwitches;
import dev.varve.storage.CompactionStyle;
import dev.varve.storage.Compression;
import dev.varve.storage.SyncPolicy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The table of settings: all that can be set, said once. File, command line, CONFIG GET and SET,
 * and the README's table come from here.
 */
public final class Settings {
  /** Where a server in the background tells its process id, if no {@code pidfile} says. */
  public static final String BACKGROUND_PID_FILE = "/var/run/varve.pid";

  private static final long KIB = 1 << 10;
  private static final long MIB = 1 << 20;
  private static final Map<String, Setting<?>> TABLE = new LinkedHashMap<>();

  /** Those of Redis that mean nothing here. */
  private static final Map<String, Setting<?>> FOREIGN = new LinkedHashMap<>();

  /** Names that Redis had for settings before, and still takes. */
  private static final Map<String, Setting<?>> OLD_NAMES = new LinkedHashMap<>();

  /** {@code port}. */
  public static final Setting<Integer> PORT =
      changeable(
          "port",
          new SettingType.WholeNumber(0, 65535),
          "6379",
          "TCP port; 0: none beside a unix socket or tls-port, else a free one");

  /** {@code bind}. */
  public static final Setting<List<String>> BIND =
      changeable(
          "bind",
          new SettingType.Words(
              16,
              "up to 16 addresses; * and ::* stand for all of IPv4 and IPv6, - before an address"
                  + " that may be missing"),
          "127.0.0.1 -::1",
          "addresses to listen on");

  /** {@code unixsocket}. */
  public static final Setting<String> UNIX_SOCKET =
      fixed(
          "unixsocket",
          new SettingType.FilePath(true, "a path; empty: none"),
          "",
          "path of a unix socket to listen on");

  /** {@code unixsocketperm}. */
  public static final Setting<Integer> UNIX_SOCKET_PERMISSIONS =
      fixed("unixsocketperm", new SettingType.Permissions(), "0", "permissions of the unix socket");

  /** {@code tls-port}. */
  public static final Setting<Integer> TLS_PORT =
      changeable(
          "tls-port", new SettingType.WholeNumber(0, 65535), "0", "TCP port for TLS; 0: none");

  /** {@code tls-cert-file}. */
  public static final Setting<String> TLS_CERTIFICATE =
      changeable(
          "tls-cert-file",
          new SettingType.FilePath(true, "a path; empty: none"),
          "",
          "the server's certificate and those that lead to its authority, in PEM; CONFIG SET reads"
              + " all of TLS's files anew");

  /** {@code tls-key-file}. */
  public static final Setting<String> TLS_KEY =
      changeable(
          "tls-key-file",
          new SettingType.FilePath(true, "a path; empty: none"),
          "",
          "the certificate's private key, in PEM");

  /** {@code tls-key-file-pass}. */
  public static final Setting<String> TLS_KEY_PASSWORD =
      changeable(
          "tls-key-file-pass",
          new SettingType.Text("a password; empty: none"),
          "",
          "password that the private key is encrypted with");

  /** {@code tls-ca-cert-file}. */
  public static final Setting<String> TLS_AUTHORITIES =
      changeable(
          "tls-ca-cert-file",
          new SettingType.FilePath(true, "a path; empty: none"),
          "",
          "certificates of the authorities that clients' certificates must come from, in PEM");

  /** {@code tls-ca-cert-dir}. */
  public static final Setting<String> TLS_AUTHORITIES_FOLDER =
      changeable(
          "tls-ca-cert-dir",
          new SettingType.FilePath(true, "a path; empty: none"),
          "",
          "folder of more such certificates, in files of any name");

  /** {@code tls-auth-clients}. */
  public static final Setting<ClientCertificates> TLS_CLIENT_CERTIFICATES =
      changeable(
          "tls-auth-clients",
          new SettingType.Choice<>(ClientCertificates.class),
          "yes",
          "whether clients must have a certificate; optional: one that they have must be good");

  /** {@code tls-protocols}. */
  public static final Setting<String> TLS_PROTOCOLS =
      changeable(
          "tls-protocols",
          new SettingType.Text("some of TLSv1.2 and TLSv1.3; empty: both"),
          "",
          "versions of TLS; TLSv1 and TLSv1.1 are accepted for Redis's sake: the JDK refuses them");

  /** {@code tls-ciphers}. */
  public static final Setting<String> TLS_CIPHERS =
      changeable(
          "tls-ciphers",
          new SettingType.Text("a list as OpenSSL has it; empty: the JDK's"),
          "",
          "cipher suites of TLSv1.2");

  /** {@code tls-ciphersuites}. */
  public static final Setting<String> TLS_CIPHER_SUITES =
      changeable(
          "tls-ciphersuites",
          new SettingType.Text("names with colons between; empty: the JDK's"),
          "",
          "cipher suites of TLSv1.3");

  /** {@code tls-prefer-server-ciphers}. */
  public static final Setting<Boolean> TLS_PREFER_SERVER_CIPHERS =
      changeable(
          "tls-prefer-server-ciphers",
          new SettingType.YesNo(),
          "no",
          "whether the server's order of cipher suites decides, and not the client's");

  /** {@code tls-session-caching}. */
  public static final Setting<Boolean> TLS_SESSION_CACHING =
      changeable(
          "tls-session-caching",
          new SettingType.YesNo(),
          "yes",
          "whether clients may go on with a session of an earlier connection");

  /** {@code tls-session-cache-size}. */
  public static final Setting<Integer> TLS_SESSION_CACHE_SIZE =
      changeable(
          "tls-session-cache-size",
          new SettingType.WholeNumber(0, Integer.MAX_VALUE),
          "20480",
          "sessions that are kept for that; 0: no limit");

  /** {@code tls-session-cache-timeout}. */
  public static final Setting<Integer> TLS_SESSION_CACHE_TIMEOUT =
      changeable(
          "tls-session-cache-timeout",
          new SettingType.WholeNumber(0, Integer.MAX_VALUE),
          "300",
          "seconds for which a session is kept, a week at most; 0: none is");

  /** {@code protected-mode}. */
  public static final Setting<Boolean> PROTECTED_MODE =
      changeable(
          "protected-mode",
          new SettingType.YesNo(),
          "yes",
          "without a password, take connections from this machine only");

  /** {@code requirepass}. */
  public static final Setting<String> PASSWORD =
      changeable(
          "requirepass",
          new SettingType.Text("a password; empty: none"),
          "",
          "password that clients must give");

  /** {@code aclfile}. */
  public static final Setting<String> ACL_FILE =
      fixed(
          "aclfile",
          new SettingType.FilePath(true, "a path; empty: none"),
          "",
          "file of users, in place of user directives; written by ACL SAVE");

  /** {@code acl-pubsub-default}. */
  public static final Setting<ChannelsAtFirst> ACL_CHANNELS =
      changeable(
          "acl-pubsub-default",
          new SettingType.Choice<>(ChannelsAtFirst.class),
          "resetchannels",
          "channels that new users may use: all or none");

  /** {@code acllog-max-len}. */
  public static final Setting<Long> ACL_LOG_LENGTH =
      changeable(
          "acllog-max-len", new SettingType.LongNumber(0), "128", "entries that ACL LOG keeps");

  /** {@code dir}. */
  public static final Setting<String> DIRECTORY =
      fixed(
          "dir",
          new SettingType.FilePath(false, "a path"),
          "data",
          "folder of the data, made if it is missing");

  /** {@code appendfsync}. */
  public static final Setting<SyncPolicy> SYNC_POLICY =
      changeable(
          "appendfsync",
          new SettingType.Choice<>(List.of(SyncPolicy.EVERYSEC, SyncPolicy.ALWAYS, SyncPolicy.NO)),
          "always",
          "when the log is synced: before each reply, every second, or when the system sees fit");

  /** {@code maxmemory}. */
  public static final Setting<Long> MAX_MEMORY =
      changeable(
          "maxmemory",
          new SettingType.Memory(
              MemoryPlan.LEAST_TOTAL,
              Long.MAX_VALUE,
              "70 % of the container's limit, or a quarter of the machine's memory"),
          "0",
          "memory that the whole process may take, caches, buffers and the JVM included");

  /** {@code max-db-size}. */
  public static final Setting<Long> MAX_DATABASE_BYTES =
      changeable(
          "max-db-size",
          new SettingType.Memory(0, Long.MAX_VALUE, "any number"),
          "0",
          "bytes that the data may take on the disk; beyond, commands that may add to it are"
              + " refused");

  /** {@code databases}. */
  public static final Setting<Integer> DATABASES =
      fixed(
          "databases",
          new SettingType.WholeNumber(1, 65536),
          "16",
          "number of databases for SELECT");

  /** {@code maxclients}. */
  public static final Setting<Integer> MAX_CLIENTS =
      changeable(
          "maxclients",
          new SettingType.WholeNumber(1, 1_000_000),
          "10000",
          "most connections at once");

  /** {@code maxmemory-clients}. */
  public static final Setting<MemoryShare> MAX_CLIENT_MEMORY =
      changeable(
          "maxmemory-clients",
          new SettingType.Share(),
          "0",
          "memory that all connections together may take; beyond, those that take most are closed,"
              + " but for those with CLIENT NO-EVICT");

  /** {@code timeout}. */
  public static final Setting<Integer> TIMEOUT =
      changeable(
          "timeout",
          new SettingType.WholeNumber(0, Integer.MAX_VALUE),
          "0",
          "seconds after which a connection that sends nothing is closed; 0: never");

  /** {@code tcp-keepalive}. */
  public static final Setting<Integer> TCP_KEEPALIVE =
      changeable(
          "tcp-keepalive",
          new SettingType.WholeNumber(0, 86_400),
          "300",
          "seconds between probes of silent connections, those accepted from then on; 0: none");

  /** {@code tcp-backlog}. */
  public static final Setting<Integer> TCP_BACKLOG =
      fixed(
          "tcp-backlog",
          new SettingType.WholeNumber(1, 65535),
          "511",
          "connections that may wait to be accepted");

  /** {@code proto-max-bulk-len}. */
  public static final Setting<Long> MAX_BULK_LENGTH =
      changeable(
          "proto-max-bulk-len",
          new SettingType.Memory(MIB, 512 * MIB, null),
          "512mb",
          "longest argument; never more than about a sixteenth of maxmemory");

  /** {@code max-key-bytes}. */
  public static final Setting<Long> MAX_KEY_BYTES =
      changeable(
          "max-key-bytes",
          new SettingType.Memory(KIB, MIB, null),
          "64kb",
          "longest key that a command may create");

  /** {@code client-output-limit}. */
  public static final Setting<Long> OUTPUT_LIMIT =
      changeable(
          "client-output-limit",
          new SettingType.Memory(64 * KIB, 1024 * MIB, null),
          "64mb",
          "unsent replies at which no more requests are taken from a connection (half of what"
              + " maxmemory leaves for the network, if that is less; all connections together: an"
              + " eighth of that); longest reply to KEYS");

  /** {@code client-output-buffer-limit}. */
  public static final Setting<OutputLimits> OUTPUT_BUFFER_LIMITS =
      changeable(
          "client-output-buffer-limit",
          new SettingType.Output(),
          "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60",
          "unsent replies at which a client is closed: so many at once, or so many for so many"
              + " seconds; 0: not for their number (a subscriber at `client-output-limit` in any"
              + " case)");

  /** {@code client-output-timeout}. */
  public static final Setting<Integer> OUTPUT_TIMEOUT =
      changeable(
          "client-output-timeout",
          new SettingType.WholeNumber(1, 86_400),
          "60",
          "seconds after which a client that takes none of its replies is closed");

  /** {@code client-stream-timeout}. */
  public static final Setting<Integer> STREAM_TIMEOUT =
      changeable(
          "client-stream-timeout",
          new SettingType.WholeNumber(1, 86_400),
          "600",
          "seconds after which a client is closed that has not taken all of a reply that is sent"
              + " piece by piece (from 1 MB on)");

  /** {@code build-aside}. */
  public static final Setting<Boolean> BUILD_ASIDE =
      fixed(
          "build-aside",
          new SettingType.YesNo(),
          "yes",
          "whether results of more than 4096 elements are stored piece by piece; if not, one that"
              + " doesn't fit into memory is refused");

  /** {@code io-threads}. */
  public static final Setting<Integer> IO_THREADS =
      fixed(
          "io-threads",
          new SettingType.WholeNumber(-1, 64),
          "-1",
          "event loops for connections; 0: they live on the storage thread; -1: by the number of"
              + " cores");

  /** {@code io-backend}. */
  public static final Setting<IoBackend> IO_BACKEND =
      fixed(
          "io-backend",
          new SettingType.Choice<>(IoBackend.class),
          "auto",
          "system calls that drive the network");

  /** {@code read-threads}. */
  public static final Setting<Integer> READ_THREADS =
      fixed(
          "read-threads",
          new SettingType.WholeNumber(1, 256),
          "4",
          "threads for reads that need the disk");

  /** {@code memtable-bytes}. */
  public static final Setting<Long> MEMTABLE_BYTES =
      fixed(
          "memtable-bytes",
          new SettingType.Memory(64 * KIB, 4096 * MIB, "by maxmemory"),
          "0",
          "size at which a memtable is flushed");

  /** {@code memtable-entries}. */
  public static final Setting<Integer> MEMTABLE_ENTRIES =
      fixed(
          "memtable-entries",
          new SettingType.WholeNumber(0, Integer.MAX_VALUE),
          "0",
          "entries at which a memtable is flushed; 0: by its size alone");

  /** {@code compaction-style}. */
  public static final Setting<CompactionStyle> COMPACTION_STYLE =
      fixed(
          "compaction-style",
          new SettingType.Choice<>(CompactionStyle.class),
          "leveled",
          "how tables are merged: universal (size-tiered) writes less, and takes more space");

  /** {@code background-threads}. */
  public static final Setting<Integer> BACKGROUND_THREADS =
      fixed(
          "background-threads",
          new SettingType.WholeNumber(0, 64),
          "0",
          "merges of tables that may be under way at once, beside a flush; 0: one less than cores,"
              + " up to 4");

  /** {@code merge-bytes-per-second}. */
  public static final Setting<Long> MERGE_BYTES_PER_SECOND =
      fixed(
          "merge-bytes-per-second",
          new SettingType.Memory(64 * KIB, 1024 * 1024 * MIB, "no limit"),
          "0",
          "the most bytes of keys and values that all merges together go through in a second");

  /** {@code blob-threshold}. */
  public static final Setting<Integer> BLOB_THRESHOLD =
      fixed(
          "blob-threshold",
          new SettingType.WholeNumber(0, Integer.MAX_VALUE),
          "4096",
          "bytes from which on a value lies apart from its key, in a blob file; 0: none does");

  /** {@code compression}. */
  public static final Setting<Compression> COMPRESSION =
      fixed(
          "compression",
          new SettingType.Choice<>(Compression.class),
          "lz4",
          "compression of upper levels' tables");

  /** {@code bottom-compression}. */
  public static final Setting<Compression> BOTTOM_COMPRESSION =
      fixed(
          "bottom-compression",
          new SettingType.Choice<>(Compression.class),
          "zstd",
          "compression of the last level's tables");

  /** {@code hash-max-listpack-entries}. */
  public static final Setting<Integer> HASH_LISTPACK_ENTRIES =
      alsoKnownAs(
          "hash-max-ziplist-entries",
          changeable(
              "hash-max-listpack-entries",
              new SettingType.WholeNumber(0, Integer.MAX_VALUE),
              "512",
              "fields up to which OBJECT ENCODING answers listpack for a hash"));

  /** {@code hash-max-listpack-value}. */
  public static final Setting<Long> HASH_LISTPACK_VALUE =
      alsoKnownAs(
          "hash-max-ziplist-value",
          changeable(
              "hash-max-listpack-value",
              new SettingType.Memory(0, Integer.MAX_VALUE, null),
              "64",
              "bytes of a field or value up to which OBJECT ENCODING answers listpack for a hash"));

  /** {@code set-max-intset-entries}. */
  public static final Setting<Integer> SET_INTSET_ENTRIES =
      changeable(
          "set-max-intset-entries",
          new SettingType.WholeNumber(0, Integer.MAX_VALUE),
          "512",
          "members up to which OBJECT ENCODING answers intset for a set of integers");

  /** {@code zset-max-listpack-entries}. */
  public static final Setting<Integer> ZSET_LISTPACK_ENTRIES =
      alsoKnownAs(
          "zset-max-ziplist-entries",
          changeable(
              "zset-max-listpack-entries",
              new SettingType.WholeNumber(0, Integer.MAX_VALUE),
              "128",
              "members up to which OBJECT ENCODING answers listpack for a sorted set"));

  /** {@code zset-max-listpack-value}. */
  public static final Setting<Long> ZSET_LISTPACK_VALUE =
      alsoKnownAs(
          "zset-max-ziplist-value",
          changeable(
              "zset-max-listpack-value",
              new SettingType.Memory(0, Integer.MAX_VALUE, null),
              "64",
              "bytes of a member up to which OBJECT ENCODING answers listpack for a sorted set"));

  /** {@code hll-sparse-max-bytes}. */
  public static final Setting<Long> HLL_SPARSE_BYTES =
      changeable(
          "hll-sparse-max-bytes",
          new SettingType.Memory(0, Long.MAX_VALUE, null),
          "3000",
          "bytes up to which a HyperLogLog keeps no register that is zero");

  /** {@code stream-node-max-bytes}. */
  public static final Setting<Long> STREAM_NODE_BYTES =
      changeable(
          "stream-node-max-bytes",
          new SettingType.Memory(0, Long.MAX_VALUE, null),
          "4kb",
          "bytes of a stream's entries that are trimmed together where that is left open; 0: any"
              + " number");

  /** {@code stream-node-max-entries}. */
  public static final Setting<Integer> STREAM_NODE_ENTRIES =
      changeable(
          "stream-node-max-entries",
          new SettingType.WholeNumber(0, Integer.MAX_VALUE),
          "100",
          "a stream's entries that are trimmed together where that is left open; 0: any number");

  /** {@code busy-reply-threshold}. */
  public static final Setting<Integer> BUSY_REPLY_THRESHOLD =
      alsoKnownAs(
          "lua-time-limit",
          changeable(
              "busy-reply-threshold",
              new SettingType.WholeNumber(0, Integer.MAX_VALUE),
              "5000",
              "milliseconds of a script after which others are answered with BUSY; 0: never"));

  /** {@code notify-keyspace-events}. */
  public static final Setting<EventSelection> KEYSPACE_EVENTS =
      changeable(
          "notify-keyspace-events",
          new SettingType.Events(),
          "",
          "what happens to keys is published: K and E choose the channels, the other letters what"
              + " is told");

  /** {@code list-max-listpack-size}. */
  public static final Setting<Integer> LIST_LISTPACK_SIZE =
      alsoKnownAs(
          "list-max-ziplist-size",
          changeable(
              "list-max-listpack-size",
              new SettingType.WholeNumber(Integer.MIN_VALUE, Integer.MAX_VALUE),
              "-2",
              "accepted for Redis's sake: how lists lie doesn't depend on it"));

  /** {@code list-compress-depth}. */
  public static final Setting<Integer> LIST_COMPRESS_DEPTH =
      changeable(
          "list-compress-depth",
          new SettingType.WholeNumber(0, Integer.MAX_VALUE),
          "0",
          "accepted for Redis's sake: tables are compressed whole");

  /** {@code slowlog-log-slower-than}. */
  public static final Setting<Long> SLOW_LOG_THRESHOLD =
      changeable(
          "slowlog-log-slower-than",
          new SettingType.LongNumber(-1),
          "10000",
          "microseconds from which on a command goes into the slow log; negative: none does");

  /** {@code slowlog-max-len}. */
  public static final Setting<Long> SLOW_LOG_LENGTH =
      changeable(
          "slowlog-max-len",
          new SettingType.LongNumber(0),
          "128",
          "commands that the slow log keeps, as far as they take no more than 2 MiB");

  /** {@code latency-monitor-threshold}. */
  public static final Setting<Long> LATENCY_THRESHOLD =
      changeable(
          "latency-monitor-threshold",
          new SettingType.LongNumber(0),
          "0",
          "milliseconds from which on LATENCY tells of a command or a sync; 0: of none");

  /** {@code latency-tracking}. */
  public static final Setting<Boolean> LATENCY_TRACKING =
      changeable(
          "latency-tracking",
          new SettingType.YesNo(),
          "yes",
          "whether the distribution of commands' times is kept, for INFO latencystats and LATENCY"
              + " HISTOGRAM");

  /** {@code latency-tracking-info-percentiles}. */
  public static final Setting<List<Double>> LATENCY_PERCENTILES =
      changeable(
          "latency-tracking-info-percentiles",
          new SettingType.Percentiles(),
          "50 99 99.9",
          "what INFO latencystats tells of the distribution of commands' times");

  /** {@code tracking-table-max-keys}. */
  public static final Setting<Long> TRACKING_KEYS =
      changeable(
          "tracking-table-max-keys",
          new SettingType.LongNumber(0),
          "1000000",
          "keys that are remembered for clients that keep copies (CLIENT TRACKING), as far as there"
              + " is memory for them; 0: no other limit");

  /** {@code enable-debug-command}. */
  public static final Setting<DebugSwitches.Users> DEBUG_USERS =
      fixed(
          "enable-debug-command",
          new SettingType.Choice<>(DebugSwitches.Users.class),
          "no",
          "who may use DEBUG: nobody, everybody, or clients on this machine");

  /** {@code loglevel}. */
  public static final Setting<LogLevel> LOG_LEVEL =
      changeable(
          "loglevel", new SettingType.Choice<>(LogLevel.class), "notice", "how much is logged");

  /** {@code logfile}. */
  public static final Setting<String> LOG_FILE =
      fixed(
          "logfile",
          new SettingType.FilePath(true, "a path; empty: standard output"),
          "",
          "where the log goes");

  /** {@code syslog-enabled}. */
  public static final Setting<Boolean> SYSLOG_ENABLED =
      fixed(
          "syslog-enabled",
          new SettingType.YesNo(),
          "no",
          "whether the log goes to the system's log (/dev/log) as well");

  /** {@code syslog-ident}. */
  public static final Setting<String> SYSLOG_IDENT =
      fixed(
          "syslog-ident", new SettingType.Text("a name"), "varve", "the server's name in that log");

  /** {@code syslog-facility}. */
  public static final Setting<String> SYSLOG_FACILITY =
      fixed(
          "syslog-facility",
          new SettingType.Word(
              List.of(
                  "user", "local0", "local1", "local2", "local3", "local4", "local5", "local6",
                  "local7")),
          "local0",
          "the kind of program that it is in that log");

  /** {@code appendonly}. */
  public static final Setting<Boolean> APPEND_ONLY =
      changeable(
          "appendonly",
          new SettingType.YesNo(),
          "yes",
          "accepted for Redis's sake: every write is logged, always");

  /** {@code save}. */
  public static final Setting<List<String>> SAVE =
      changeable(
          "save",
          new SettingType.SavePoints(),
          "",
          "accepted for Redis's sake: no checkpoint is made but by SAVE and BGSAVE");

  /** {@code checkpoints-kept}. */
  public static final Setting<Integer> CHECKPOINTS_KEPT =
      changeable(
          "checkpoints-kept",
          new SettingType.WholeNumber(0, 10_000),
          "1",
          "checkpoints that SAVE and BGSAVE leave in dir/checkpoints, the new one included; 0:"
              + " all");

  /** {@code kept-log-size}. */
  public static final Setting<Long> KEPT_LOG_BYTES =
      fixed(
          "kept-log-size",
          new SettingType.Memory(MIB, Long.MAX_VALUE, "none"),
          "0",
          "bytes of the log that are kept in dir/kept-log when tables hold what is in them, until"
              + " \"varve backup --logs\" has copied them; beyond, the oldest go");

  /** {@code maxmemory-policy}. */
  public static final Setting<EvictionPolicy> EVICTION_POLICY =
      changeable(
          "maxmemory-policy",
          new SettingType.Choice<>(EvictionPolicy.class),
          "noeviction",
          "data lies on disk and is never evicted");

  /** {@code daemonize}. */
  public static final Setting<Boolean> DAEMONIZE =
      fixed(
          "daemonize",
          new SettingType.YesNo(),
          "no",
          "the server goes into the background, unless it is supervised");

  /** {@code pidfile}. */
  public static final Setting<String> PID_FILE =
      fixed(
          "pidfile",
          new SettingType.FilePath(true, "a path; empty: none"),
          "",
          "file that tells the process id; in the background " + BACKGROUND_PID_FILE + " without");

  /** {@code supervised}. */
  public static final Setting<Supervision> SUPERVISED =
      fixed(
          "supervised",
          new SettingType.Choice<>(Supervision.class),
          "no",
          "who is told that clients are served: systemd, by NOTIFY_SOCKET; auto: if that is there");

  static {
    ForeignSettings.read()
        .forEach(
            (setting, oldName) -> {
              if (TABLE.containsKey(setting.name())) {
                throw new IllegalStateException(
                    setting.name() + " means something: it is no foreign setting any more");
              }
              FOREIGN.put(setting.name(), setting);
              if (!oldName.isEmpty()) {
                OLD_NAMES.put(oldName, setting);
              }
            });
  }

  private Settings() {}

  /** What may be evicted. */
  public enum EvictionPolicy {
    /** Nothing. */
    NOEVICTION
  }

  /** Which channels a user may use of whom nothing was said. */
  public enum ChannelsAtFirst {
    /** All. */
    ALLCHANNELS,
    /** None. */
    RESETCHANNELS
  }

  /** Whether clients must have a certificate. */
  public enum ClientCertificates {
    /** They aren't asked for one. */
    NO,
    /** Without a good one they are refused. */
    YES,
    /** They are asked for one, and refused if they have a bad one. */
    OPTIONAL
  }

  /** Who watches over the process. */
  public enum Supervision {
    /** Upstart, whose signal is not sent: it is a thing of the past. */
    UPSTART,
    /** Systemd. */
    SYSTEMD,
    /** Systemd, if it is there. */
    AUTO,
    /** Nobody. */
    NO
  }

  /** Returns the settings that Redis has and that mean nothing here. */
  public static List<Setting<?>> foreign() {
    return Collections.unmodifiableList(new ArrayList<>(FOREIGN.values()));
  }

  /** Returns all settings that can be given, those that mean nothing after the others. */
  static List<Setting<?>> known() {
    List<Setting<?>> known = new ArrayList<>(TABLE.values());
    known.addAll(FOREIGN.values());
    return known;
  }

  /** Returns all settings that mean something, in the order of the table. */
  public static List<Setting<?>> all() {
    return Collections.unmodifiableList(new ArrayList<>(TABLE.values()));
  }

  /** Returns the setting of a directive, in any case; null if there is none. */
  public static Setting<?> find(String name) {
    String known = name.toLowerCase(Locale.ROOT);
    Setting<?> setting = TABLE.getOrDefault(known, FOREIGN.get(known));
    return setting == null ? OLD_NAMES.get(known) : setting;
  }

  /** Returns all names of a setting, its own first. */
  static List<String> names(Setting<?> setting) {
    List<String> names = new ArrayList<>(List.of(setting.name()));
    OLD_NAMES.forEach(
        (name, its) -> {
          if (its.equals(setting)) {
            names.add(name);
          }
        });
    return names;
  }

  private static <T> Setting<T> fixed(
      String name, SettingType<T> type, String defaultValue, String meaning) {
    return add(new Setting<>(name, type, List.of(defaultValue), false, meaning));
  }

  private static <T> Setting<T> changeable(
      String name, SettingType<T> type, String defaultValue, String meaning) {
    return add(new Setting<>(name, type, List.of(defaultValue), true, meaning));
  }

  private static <T> Setting<T> alsoKnownAs(String oldName, Setting<T> setting) {
    OLD_NAMES.put(oldName, setting);
    return setting;
  }

  private static <T> Setting<T> add(Setting<T> setting) {
    TABLE.put(setting.name(), setting);
    return setting;
  }
}
