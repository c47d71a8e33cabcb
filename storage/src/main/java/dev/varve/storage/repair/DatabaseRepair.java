package dev.varve.storage.repair;

import dev.varve.storage.KeyGroups;
import dev.varve.storage.StorageException.Corruption;
import dev.varve.storage.StorageOptions;
import dev.varve.storage.VerificationListener;
import dev.varve.storage.base.BlobUse;
import dev.varve.storage.base.BlobUses;
import dev.varve.storage.base.Snapshots;
import dev.varve.storage.blob.BlobMeta;
import dev.varve.storage.cache.BlockCache;
import dev.varve.storage.compaction.CompactionJob;
import dev.varve.storage.compaction.CompactionPlan;
import dev.varve.storage.compaction.Pacer;
import dev.varve.storage.fs.BoundedFileSystem;
import dev.varve.storage.fs.FileErrors;
import dev.varve.storage.fs.FileSystem;
import dev.varve.storage.manifest.BlobFiles;
import dev.varve.storage.manifest.FileNames;
import dev.varve.storage.manifest.FileNumbers;
import dev.varve.storage.manifest.Levels;
import dev.varve.storage.manifest.Manifest;
import dev.varve.storage.manifest.ManifestContents;
import dev.varve.storage.manifest.TableFiles;
import dev.varve.storage.manifest.TableMeta;
import dev.varve.storage.manifest.TableSource;
import dev.varve.storage.manifest.Version;
import dev.varve.storage.manifest.VersionEdit;
import dev.varve.storage.memtable.SlabPool;
import dev.varve.storage.verify.DatabaseVerifier;
import dev.varve.storage.verify.ValueReferences;
import dev.varve.storage.wal.LogCheck;
import dev.varve.storage.wal.LogSalvage;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Makes a damaged database one that opens:
 *
 * <ol>
 *   <li>Every table is verified. Sound ones stay in the levels where a readable manifest has them.
 *       Without one all sound tables are taken, into level 0 if their sequence numbers tell which
 *       of those that overlap is newer, else merged into new ones, which takes as much space again.
 *   <li>What isn't where a manifest has it is looked for under other names.
 *   <li>Every blob file is verified. Tables that refer to one that isn't sound are written anew,
 *       with those of its values that can be read.
 *   <li>A sound log stays as it is. Of a damaged one, what can be read is put into tables.
 *   <li>What is not used any more gets a name in the folder {@code lost}; then a new manifest is
 *       put in force; then the old names go.
 * </ol>
 *
 * A repair that is cut short can be begun anew. Used once, by one thread; nobody else may have the
 * database open.
 */
public final class DatabaseRepair {
  private final FileSystem fileSystem;
  private final Path directory;
  private final StorageOptions options;
  private final DatabaseVerifier verifier;
  private final LostAndFound lostAndFound;
  private final FileNumbers numbers = new FileNumbers();
  private final TableFiles files;

  private final List<RepairReport.Lost> lost = new ArrayList<>();
  private final List<RepairReport.Moved> moved = new ArrayList<>();
  private long rewrittenTables;
  private long mergedTables;
  private long tablesFromLog;

  /**
   * Makes the repair of the database in a directory.
   *
   * @param options say how tables are written
   * @param listener told how far the verification of the tables has come
   */
  public DatabaseRepair(
      FileSystem fileSystem,
      Path directory,
      StorageOptions options,
      VerificationListener listener) {
    this.fileSystem = fileSystem;
    this.directory = directory;
    this.options = options;
    verifier = new DatabaseVerifier(fileSystem, directory, listener);
    lostAndFound = new LostAndFound(fileSystem, directory);
    files = new TableFiles(fileSystem, directory, options, numbers);
  }

  /** Does it. */
  public RepairReport run() {
    try (BlockCache cache = new BlockCache(0)) {
      FileSystem bounded = new BoundedFileSystem(fileSystem, options.maxOpenFiles());
      return run(new TableSource(bounded, directory, cache));
    } catch (IOException e) {
      throw FileErrors.wrap("repairing the database in " + directory, e);
    }
  }

  private RepairReport run(TableSource tables) throws IOException {
    numbers.startBehind(fileSystem.list(directory));
    numbers.startBehind(lostAndFound.names());
    ManifestContents manifest = readableManifest();
    VersionEdit edit = manifest == null ? looseTables(tables) : namedTables(manifest);
    boolean tablesWhole = manifest != null && lost.isEmpty();
    long after = tablesWhole ? manifest.flushedUpTo() : lastSequence(edit, manifest);
    long reached = manifest == null ? after : manifest.reached();

    LogCheck log = new LogCheck(fileSystem, directory, bytes -> {});
    boolean logSound = isSound(log, after, reached, tablesWhole);
    if (logSound && !tablesWhole) {
      after = log.resumeBehind(after);
    }
    boolean countsKept = tablesWhole && logSound;
    if (!countsKept) {
      edit.countsOpen();
    }
    edit.flushedUpTo(after);
    keepManifests();
    try (Manifest repaired = Manifest.rebuild(fileSystem, directory, numbers, tables, edit)) {
      long tablesBefore = edit.added().size();
      List<LogSalvage.Hole> holes =
          logSound ? List.of() : salvageLog(repaired, after, manifest, reached);
      long last = Math.max(log.lastIndex(), repaired.current().flushedUpTo());
      repaired.seal(repaired.current().flushedUpTo());
      moved.forEach(each -> lostAndFound.remove(each.file()));
      return new RepairReport(
          mergedTables > 0 ? 0 : tablesBefore - rewrittenTables,
          rewrittenTables,
          mergedTables,
          tablesFromLog,
          manifest != null,
          countsKept,
          last,
          lost,
          holes,
          moved);
    }
  }

  /** Puts what can be read of the log into tables; what is missing. */
  private List<LogSalvage.Hole> salvageLog(
      Manifest repaired, long after, ManifestContents manifest, long reached) throws IOException {
    long flushed = manifest == null ? after : manifest.flushedUpTo();
    try (SlabPool slabs = new SlabPool(Arena.ofShared(), false)) {
      long abandonedAfter = manifest == null ? Long.MAX_VALUE : flushed;
      LogToTables target = new LogToTables(repaired, files, slabs, after, abandonedAfter);
      try {
        LogSalvage salvage = new LogSalvage(fileSystem, directory, after, flushed, reached, target);
        salvage.read();
        target.flush();
        tablesFromLog = target.tables();
        salvage.files().forEach(this::moveAside);
        return salvage.holes();
      } finally {
        target.close();
      }
    }
  }

  /** The manifest in force; if only what names it is damaged, the newest that can be read. */
  private ManifestContents readableManifest() {
    try {
      return ManifestContents.read(fileSystem, directory);
    } catch (Corruption e) {
      lost.add(lost(e));
      ManifestContents unnamed = ManifestContents.findUnnamed(fileSystem, directory);
      if (unnamed != null) {
        lost.clear();
      }
      return unnamed;
    }
  }

  /** What a manifest names, without what isn't sound of it. */
  private VersionEdit namedTables(ManifestContents manifest) {
    verifier.expect(manifest.levels());
    Set<Path> namedFiles = manifest.levels().files(directory);
    Misnamed misnamed = new Misnamed(fileSystem, directory);
    Map<Long, Path> unsoundBlobs = new TreeMap<>();
    for (BlobFiles.BlobFile blob : manifest.levels().blobs().all()) {
      if (!verifier.isSound(blob.meta())) {
        long number = blob.meta().number();
        Path found = misnamed.find(blob.meta());
        unsoundBlobs.put(number, found == null ? FileNames.blob(directory, number) : found);
        if (found != null && !namedFiles.contains(found)) {
          moveAside(found);
        }
      }
    }
    Set<Long> unused = new HashSet<>();
    VersionEdit rewritten = new VersionEdit();
    try (TableSalvage salvage = new TableSalvage(fileSystem, directory, files, unsoundBlobs)) {
      for (int level = 0; level < Levels.COUNT; level++) {
        for (TableMeta named : manifest.levels().tables(level)) {
          TableMeta meta = verifier.isSound(named) ? named : underANewName(named, misnamed);
          if (meta == null) {
            unused.add(named.number());
            giveUp(named, level);
          } else if (salvage.isNeeded(meta)) {
            unused.add(named.number());
            rewrite(meta, level, salvage, rewritten);
          } else if (meta.number() != named.number()) {
            unused.add(named.number());
            rewritten.add(level, meta);
          }
        }
      }
      salvage.blobs().forEach(rewritten::add);
    }
    VersionEdit edit = manifest.without(unused);
    rewritten.added().forEach(each -> edit.add(each.level(), each.table()));
    rewritten.addedBlobs().forEach(edit::add);
    moveUnusedAside(namedFiles, edit);
    return edit;
  }

  private void giveUp(TableMeta table, int level) {
    Path file = files.path(table.number());
    lost.add(
        new RepairReport.Lost(
            file,
            String.format(
                "%s, level %d, keys from %s to before %s",
                table, level, Keys.show(table.begin()), Keys.show(table.end()))));
    moveAside(file);
  }

  /**
   * A table that isn't where the manifest has it, but under another name, under a new one; null if
   * there is none, or it isn't sound. What has its old name is moved aside.
   */
  private TableMeta underANewName(TableMeta named, Misnamed misnamed) {
    Path found = misnamed.find(named);
    if (found == null) {
      return null;
    }
    TableMeta renamed = named.withNumber(numbers.next());
    Path path = files.path(renamed.number());
    try {
      fileSystem.link(found, path);
    } catch (IOException e) {
      throw FileErrors.wrap("giving " + found + " the name " + path, e);
    }
    files.syncNames();
    if (!verifier.isSound(renamed)) {
      moveAside(path);
      return null;
    }
    moveAside(files.path(named.number()));
    return renamed;
  }

  /** Writes a table anew without what it refers to and can't be read. */
  private void rewrite(TableMeta table, int level, TableSalvage salvage, VersionEdit to) {
    long lostBefore = salvage.lostValues();
    TableMeta copy = salvage.rewrite(table, level);
    if (copy != null) {
      to.add(level, copy);
      rewrittenTables++;
    }
    Path file = files.path(table.number());
    long lostValues = salvage.lostValues() - lostBefore;
    if (lostValues > 0) {
      lost.add(
          new RepairReport.Lost(
              file,
              String.format(
                  "%d values in damaged blob files, keys from %s to before %s",
                  lostValues, Keys.show(table.begin()), Keys.show(table.end()))));
    }
    moveAside(file);
  }

  /** Blob files go with the last table that refers to them, whether they are sound or not. */
  private void moveUnusedAside(Collection<Path> files, VersionEdit edit) {
    Set<Path> used = Levels.EMPTY.apply(edit).files(directory);
    files.stream()
        .filter(file -> FileNames.blobNumber(file.getFileName().toString()) != FileNames.NONE)
        .filter(file -> !used.contains(file))
        .sorted()
        .forEach(this::moveAside);
  }

  /** All tables that are sound, as nothing tells any more which of them are in use. */
  private VersionEdit looseTables(TableSource source) throws IOException {
    List<Path> found = new ArrayList<>(DatabaseVerifier.tableFiles(fileSystem, directory));
    List<Path> blobs = DatabaseVerifier.blobFiles(fileSystem, directory);
    found.addAll(blobs);
    verifier.expect(found);
    found.removeAll(blobs);
    List<TableMeta> sound = new ArrayList<>();
    Set<Long> unsoundBlobs = new HashSet<>();
    for (Path file : found) {
      TableMeta meta = verifier.checkTable(file);
      if (meta == null) {
        lost.add(new RepairReport.Lost(file, "a table; its level, keys and age are not known"));
        moveAside(file);
      } else if (sound.stream().anyMatch(meta::isCopyOf)) {
        moveAside(file);
      } else {
        sound.add(meta);
      }
    }
    VersionEdit edit = new VersionEdit();
    Map<Long, BlobMeta> soundBlobs = new TreeMap<>();
    for (Path file : blobs) {
      BlobMeta blob = verifier.checkBlob(file);
      if (blob != null) {
        soundBlobs.put(blob.number(), blob);
      }
    }
    unsoundBlobs.addAll(overused(sound, soundBlobs));
    for (TableMeta meta : sound) {
      unsoundBlobs.addAll(ValueReferences.broken(fileSystem, directory, meta, soundBlobs.keySet()));
    }
    soundBlobs.values().stream()
        .filter(blob -> !unsoundBlobs.contains(blob.number()))
        .forEach(edit::add);
    Map<Long, Path> doubtful = new TreeMap<>();
    unsoundBlobs.forEach(number -> doubtful.put(number, FileNames.blob(directory, number)));
    try (TableSalvage salvage = new TableSalvage(fileSystem, directory, files, doubtful)) {
      for (TableMeta meta : sound) {
        if (salvage.isNeeded(meta)) {
          rewrite(meta, 0, salvage, edit);
        } else {
          edit.add(0, meta);
        }
      }
      salvage.blobs().forEach(edit::add);
    }
    List<TableMeta> all = edit.added().stream().map(VersionEdit.Added::table).toList();
    VersionEdit whole = Levels.tellAgeBySequence(all) ? edit : merged(edit, source);
    moveUnusedAside(blobs, whole);
    return whole;
  }

  /**
   * The blob files to which tables refer more than once, as some of these are of before a merge: a
   * manifest can't say so.
   */
  private static Set<Long> overused(List<TableMeta> tables, Map<Long, BlobMeta> blobs) {
    BlobUses uses = new BlobUses();
    for (TableMeta table : tables) {
      table.blobUses().forEach(use -> uses.add(use.blob(), use.values(), use.bytes()));
    }
    Set<Long> overused = new HashSet<>();
    for (BlobUse use : uses.toList()) {
      BlobMeta blob = blobs.get(use.blob());
      if (blob != null && (use.values() > blob.values() || use.bytes() > blob.valueBytes())) {
        overused.add(use.blob());
      }
    }
    return overused;
  }

  private VersionEdit merged(VersionEdit loose, TableSource source) {
    Version all = Version.of(loose, source);
    try {
      List<CompactionPlan.Input> inputs = new ArrayList<>();
      all.levels().tables(0).forEach(table -> inputs.add(new CompactionPlan.Input(0, table)));
      CompactionJob job =
          new CompactionJob(
              new CompactionPlan(CompactionPlan.Kind.MERGE, inputs, Levels.LAST),
              all,
              Snapshots.NEWEST_ONLY,
              KeyGroups.NONE,
              files,
              options.tableBytes(),
              Pacer.NONE,
              () -> false);
      VersionEdit merged = new VersionEdit();
      VersionEdit done = job.run();
      done.added().forEach(each -> merged.add(each.level(), each.table()));
      done.addedBlobs().forEach(merged::add);
      loose.addedBlobs().forEach(merged::add);
      for (CompactionPlan.Input input : inputs) {
        moveAside(files.path(input.table().number()));
      }
      mergedTables = inputs.size();
      return merged;
    } finally {
      all.release();
    }
  }

  /** Up to where tables surely reach: nothing after it is in any of them. */
  private static long lastSequence(VersionEdit edit, ManifestContents manifest) {
    long last =
        edit.added().stream().mapToLong(each -> each.table().largestSequence()).max().orElse(0);
    return manifest == null ? last : Math.min(last, manifest.flushedUpTo());
  }

  /**
   * Whether the log can stay as it is.
   *
   * @param after tables hold nothing after it
   */
  private boolean isSound(LogCheck log, long after, long reached, boolean tablesWhole)
      throws IOException {
    try {
      if (tablesWhole) {
        log.readAll(after, reached);
        return true;
      }
      log.readAlone();
      return Math.max(log.lastIndex(), after) >= reached;
    } catch (Corruption e) {
      lost.add(lost(e));
      return false;
    }
  }

  private static RepairReport.Lost lost(Corruption damage) {
    return new RepairReport.Lost(Path.of(damage.damage().file()), "damaged: " + damage.damage());
  }

  private void keepManifests() throws IOException {
    for (String name : fileSystem.list(directory)) {
      if (name.equals(FileNames.CURRENT)) {
        // Its old name goes to the new one.
        lostAndFound.keep(directory.resolve(name));
      } else if (FileNames.isManifest(name)) {
        moveAside(directory.resolve(name));
      }
    }
  }

  /** Moves a file aside, once the repair is done. */
  public void moveAside(Path file) {
    if (fileSystem.exists(file)) {
      moved.add(new RepairReport.Moved(file, lostAndFound.keep(file)));
    }
  }
}
