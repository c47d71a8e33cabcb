package dev.varve.server.metrics;

import dev.varve.server.config.Configuration;
import dev.varve.server.config.MachineMemory;
import dev.varve.server.config.MemoryPlan;
import dev.varve.server.config.Settings;
import dev.varve.server.datatype.FunctionLibraries;
import dev.varve.server.dispatch.MemoryFigures;
import dev.varve.storage.StorageStatistics;
import java.util.Collection;

/**
 * The section Memory of INFO. What Redis knows of its allocator is told here of all that this
 * process divides itself: the heap, memtables, caches, and buffers of clients.
 */
final class MemoryInfo {
  private final InfoSources sources;
  private final long machineBytes = MachineMemory.total();
  private final long startupBytes = ProcessFigures.residentBytes();

  /** At the start: what is resident now is what an idle server takes. */
  MemoryInfo(InfoSources sources) {
    this.sources = sources;
  }

  MemoryFigures figures() {
    Runtime runtime = Runtime.getRuntime();
    StorageStatistics storage = sources.engine().statistics();
    long clients = sources.clientBytes().getAsLong();
    long data = storage.memtableBytes() + storage.blockCacheBytes() + storage.rowCacheBytes();
    long outsideOfHeap = data + storage.tableMemoryBytes() + clients;
    long heap = runtime.totalMemory() - runtime.freeMemory();
    long resident = ProcessFigures.residentBytes();
    long peak = Math.max(resident, ProcessFigures.peakResidentBytes());
    return new MemoryFigures(
        resident,
        peak,
        startupBytes,
        data,
        clients,
        heap,
        heap + outsideOfHeap,
        runtime.totalMemory() + outsideOfHeap);
  }

  void write(InfoLines lines) {
    MemoryFigures figures = figures();
    long resident = figures.resident();
    long peak = figures.peak();
    long data = figures.data();
    lines
        .addBytes("used_memory", resident)
        .addBytes("used_memory_rss", resident)
        .addBytes("used_memory_peak", peak)
        .addPercent("used_memory_peak_perc", resident, peak)
        .add("used_memory_overhead", Math.max(0, resident - data))
        .add("used_memory_startup", startupBytes)
        .add("used_memory_dataset", data)
        .addPercent("used_memory_dataset_perc", data, resident - startupBytes)
        .add("used_memory_heap", figures.heap());
    allocator(lines, figures.allocated(), figures.active(), resident);
    lines
        .addBytes("total_system_memory", machineBytes)
        .addBytes("used_memory_lua", 0)
        .addBytes("used_memory_vm_total", 0)
        .addBytes("used_memory_scripts", 0)
        .none("used_memory_vm_eval", "used_memory_scripts_eval", "used_memory_vm_functions")
        .none("used_memory_functions")
        .add("number_of_cached_scripts", sources.script().kept());
    functions(lines);
    plan(lines, sources.configuration());
    lines
        .add("mem_clients_normal", sources.clientMemory().getAsLong())
        .none("mem_clients_slaves", "mem_not_counted_for_evict", "mem_replication_backlog")
        .none("mem_total_replication_buffers", "mem_cluster_links", "mem_aof_buffer")
        .add("mem_allocator", "libc")
        .none("active_defrag_running", "lazyfree_pending_objects", "lazyfreed_objects");
  }

  private void functions(InfoLines lines) {
    Collection<FunctionLibraries.Library> all = sources.databases().libraries().newest().values();
    lines
        .add(
            "number_of_functions",
            all.stream().mapToLong(FunctionLibraries.Library::functions).sum())
        .add("number_of_libraries", all.size());
  }

  private static void allocator(InfoLines lines, long allocated, long active, long resident) {
    lines
        .add("allocator_allocated", allocated)
        .add("allocator_active", active)
        .add("allocator_resident", resident)
        .addFraction("allocator_frag_ratio", ratio(active, allocated))
        .add("allocator_frag_bytes", active - allocated)
        .addFraction("allocator_rss_ratio", ratio(resident, active))
        .add("allocator_rss_bytes", resident - active)
        .addFraction("rss_overhead_ratio", 1)
        .none("rss_overhead_bytes")
        .addFraction("mem_fragmentation_ratio", 1)
        .none("mem_fragmentation_bytes");
  }

  private static double ratio(long bytes, long ofBytes) {
    return (double) bytes / Math.max(1, ofBytes);
  }

  private static void plan(InfoLines lines, Configuration configuration) {
    MemoryPlan plan = configuration.memory();
    lines
        .addBytes("maxmemory", configuration.get(Settings.MAX_MEMORY))
        .add("maxmemory_policy", "noeviction")
        .add("maxmemory_heap", plan.heap())
        .add("maxmemory_network", plan.network())
        .add("maxmemory_memtables", plan.memtables())
        .add("maxmemory_block_cache", configuration.blockCacheBytes())
        .add("maxmemory_row_cache", plan.rows())
        .add("maxmemory_tables", plan.tables());
  }
}
