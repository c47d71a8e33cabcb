package dev.varve.server.metrics;

import dev.varve.server.config.Configuration;
import dev.varve.server.datatype.Databases;
import dev.varve.server.datatype.WallTime;
import dev.varve.server.dispatch.AclLog;
import dev.varve.server.dispatch.Checkpoints;
import dev.varve.server.dispatch.CommandTable;
import dev.varve.server.dispatch.DiskQuota;
import dev.varve.server.dispatch.ErrorStatistics;
import dev.varve.server.dispatch.RunningScript;
import dev.varve.server.pubsub.Channels;
import dev.varve.server.tracking.CachedKeys;
import dev.varve.server.writer.EffectConsumers;
import dev.varve.server.writer.SyncStatistics;
import dev.varve.storage.StorageEngine;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Where INFO's figures come from. All may be asked by any thread.
 *
 * @param build what this program was made from
 * @param ioBackend name of the transport
 * @param configuration the settings
 * @param port the TCP port; 0 if none
 * @param clock milliseconds that go by as time elapses
 * @param startedMillis when the server started, by that clock
 * @param wallTime the time that deadlines given as dates pass by
 * @param engine the storage engine
 * @param readPool where the disk may be read
 * @param quota how much the data may take on the disk
 * @param databases which id stands for which database
 * @param commands the commands and their counters
 * @param loops what each event loop has counted
 * @param ioThreads whether connections live on other threads than the storage thread
 * @param sync figures of group commit
 * @param effects what commands have done to keys, for those who listen
 * @param clients open connections
 * @param waitingClients those of them whose command waits for a key, or for a pause's end
 * @param waitingLimitedTime those that wait for a key, but for a limited time
 * @param streams replies that are sent while they are computed
 * @param channels that connections subscribe to
 * @param cachedKeys of clients that keep copies
 * @param refused what users were refused
 * @param unsentBytes replies that clients have not taken
 * @param clientBytes buffers of requests and replies
 * @param clientMemory all that connections take
 * @param evictedClients connections that were closed for what they took
 * @param errors that clients were answered with
 * @param script knows how many are kept
 * @param hits lookups that found their key
 * @param misses lookups that did not
 * @param expiredKeys keys removed because their deadline had passed
 * @param checkpoints copies of the data
 * @param targets connections that are kept to servers that keys were sent to
 * @param writeError why writes are refused; null if they aren't
 */
public record InfoSources(
    Build build,
    String ioBackend,
    Configuration configuration,
    IntSupplier port,
    LongSupplier clock,
    long startedMillis,
    WallTime wallTime,
    StorageEngine engine,
    Executor readPool,
    DiskQuota quota,
    Databases databases,
    CommandTable commands,
    List<LoopStatistics> loops,
    boolean ioThreads,
    SyncStatistics sync,
    EffectConsumers effects,
    IntSupplier clients,
    IntSupplier waitingClients,
    LongSupplier waitingLimitedTime,
    StreamStatistics streams,
    Channels channels,
    CachedKeys cachedKeys,
    AclLog refused,
    RunningScript script,
    LongSupplier unsentBytes,
    LongSupplier clientBytes,
    LongSupplier clientMemory,
    LongSupplier evictedClients,
    ErrorStatistics errors,
    LongSupplier hits,
    LongSupplier misses,
    LongSupplier expiredKeys,
    Checkpoints checkpoints,
    IntSupplier targets,
    Supplier<String> writeError) {}
