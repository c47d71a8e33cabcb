package dev.varve.integration.power;

import dev.varve.integration.power.Trace.Event;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A folder on a disk that follows a trace. {@link #crash} makes anew what a loss of power may leave
 * where the trace has come to:
 *
 * <ul>
 *   <li>Of a file's bytes what a sync covers is there: what was written down before the sync began.
 *       Each other page of 4 KiB is there, as it was at some time since, lost (the old bytes, or
 *       zeros), or torn between sectors of 512 bytes; so is the file's size.
 *   <li>Each creation, link, rename and deletion that no sync of its folder covers took place or
 *       didn't, whatever became of the others. That a file was synced makes its name no safer.
 *   <li>What a failed sync should have written is there or not, and later syncs don't cover it.
 *   <li>The seed decides; some seeds keep everything, some nothing.
 * </ul>
 */
final class PowerDisk {

  /** A sync that was interrupted has given nothing up; it is tried again. */
  private static final int EINTR = 4;

  private static final int O_CREAT = 0100;
  private static final int O_TRUNC = 01000;

  private final Path root;
  private final PowerFolder folder;
  private final Map<Integer, Node> open = new HashMap<>();
  private final Map<Long, Node> syncs = new HashMap<>();

  /** A file or a folder. */
  sealed interface Node permits PowerFile, PowerFolder {
    /** A sync that began at that position in the trace is done. */
    void synced(long began);

    /** A sync that began there has failed. */
    void syncFailed(long began);
  }

  private PowerDisk(Path root, PowerFolder folder) {
    this.root = root;
    this.folder = folder;
  }

  /** The folder as it is, if it is there; all of it is durable. */
  static PowerDisk of(Path root) throws IOException {
    return of(root, root);
  }

  /** What is in {@code from}, if that is there, as if it were in {@code root}. */
  static PowerDisk of(Path from, Path root) throws IOException {
    PowerFolder folder = Files.exists(from) ? load(from, new HashMap<>()) : new PowerFolder();
    return new PowerDisk(root.toAbsolutePath(), folder);
  }

  private static PowerFolder load(Path from, Map<Object, PowerFile> known) throws IOException {
    PowerFolder loaded = new PowerFolder();
    try (Stream<Path> entries = Files.list(from)) {
      for (Path entry : entries.toList()) {
        Node node = Files.isDirectory(entry) ? load(entry, known) : file(entry, known);
        loaded.change(0, null, entry.getFileName().toString(), node);
      }
    }
    loaded.synced(0);
    return loaded;
  }

  /** Two names of one file are one file. */
  private static PowerFile file(Path path, Map<Object, PowerFile> known) throws IOException {
    Object key = Files.readAttributes(path, BasicFileAttributes.class).fileKey();
    PowerFile file = known.get(key);
    if (file == null) {
      file = PowerFile.durable(Files.readAllBytes(path));
      known.put(key, file);
    }
    return file;
  }

  /** Goes on by one event. */
  void apply(Event event) {
    switch (event.kind()) {
      case OPEN -> open(event);
      case CLOSE -> open.remove(event.fd());
      case DUPLICATE -> duplicate(event);
      case WRITE -> file(event).write(event.a(), event.first(), event.b(), event.end());
      case TRUNCATE -> file(event).truncate(event.a(), event.end());
      case SYNC_BEGIN -> syncs.put(event.end(), open.get(event.fd()));
      case SYNC_END -> syncEnds(event);
      case RENAME -> rename(event);
      case LINK -> {
        Node node = find(event.path());
        parent(event.secondPath()).change(event.end(), null, name(event.secondPath()), node);
      }
      case UNLINK, RMDIR -> {
        Node node = find(event.path());
        parent(event.path()).change(event.end(), name(event.path()), null, node);
      }
      case MKDIR -> {
        if (!event.path().equals(root)) {
          parent(event.path()).change(event.end(), null, name(event.path()), new PowerFolder());
        }
      }
      case NOT_MODELLED -> throw new AssertionError(event.toString());
    }
  }

  private void open(Event event) {
    Node node = find(event.path());
    if (node == null && (event.a() & O_CREAT) != 0) {
      node = new PowerFile();
      parent(event.path()).change(event.end(), null, name(event.path()), node);
    } else if (node == null) {
      throw new AssertionError("opened, and not there: " + event);
    }
    if ((event.a() & O_TRUNC) != 0) {
      ((PowerFile) node).truncate(0, event.end());
    }
    open.put(event.fd(), node);
  }

  private void duplicate(Event event) {
    Node node = open.get(event.fd());
    int copy = Math.toIntExact(event.a());
    if (node == null) {
      open.remove(copy);
    } else {
      open.put(copy, node);
    }
  }

  private void syncEnds(Event event) {
    Node node = syncs.remove(event.a());
    if (event.error() == 0) {
      node.synced(event.a());
    } else if (event.error() != EINTR) {
      node.syncFailed(event.a());
    }
  }

  private void rename(Event event) {
    Node node = find(event.path());
    PowerFolder from = parent(event.path());
    PowerFolder to = parent(event.secondPath());
    if (from == to) {
      from.change(event.end(), name(event.path()), name(event.secondPath()), node);
    } else {
      to.change(event.end(), null, name(event.secondPath()), node);
      from.change(event.end(), name(event.path()), null, node);
    }
  }

  private PowerFile file(Event event) {
    return (PowerFile) open.get(event.fd());
  }

  private Node find(Path path) {
    Node node = folder;
    if (!path.equals(root)) {
      for (Path name : root.relativize(path)) {
        node = node instanceof PowerFolder inner ? inner.live().get(name.toString()) : null;
      }
    }
    return node;
  }

  private PowerFolder parent(Path path) {
    return (PowerFolder) find(path.getParent());
  }

  private static String name(Path path) {
    return path.getFileName().toString();
  }

  /** Makes a folder of what a loss of power leaves. */
  void crash(Path target, SplittableRandom random) throws IOException {
    double kept =
        switch (random.nextInt(5)) {
          case 0 -> 0;
          case 1 -> 1;
          default -> random.nextDouble();
        };
    boolean ordered = random.nextInt(4) == 0;
    crash(target, random, kept, ordered);
  }

  /**
   * Makes a folder of what a loss of power leaves.
   *
   * @param kept how probable it is that something unsynced is there
   * @param ordered whether changes of a folder are lost from the last on
   */
  void crash(Path target, SplittableRandom random, double kept, boolean ordered)
      throws IOException {
    make(folder, target, new IdentityHashMap<>(), new Loss(random, kept, ordered));
  }

  private record Loss(SplittableRandom random, double kept, boolean ordered) {}

  private static void make(PowerFolder from, Path to, Map<PowerFile, Path> made, Loss loss)
      throws IOException {
    Files.createDirectory(to);
    var names = from.crash(loss.random(), loss.kept(), loss.ordered());
    for (Map.Entry<String, Node> entry : names.entrySet()) {
      Path path = to.resolve(entry.getKey());
      switch (entry.getValue()) {
        case PowerFolder inner -> make(inner, path, made, loss);
        case PowerFile file -> {
          Path other = made.putIfAbsent(file, path);
          if (other == null) {
            file.crash(path, loss.random(), loss.kept());
          } else {
            Files.createLink(path, other);
          }
        }
      }
    }
  }

  /**
   * How the folder on the real disk differs from what the trace made of it; null if it doesn't. If
   * it does, something has changed it past the trace.
   */
  String difference() throws IOException {
    return difference(folder, root);
  }

  private static String difference(PowerFolder expected, Path real) throws IOException {
    TreeMap<String, Path> names = new TreeMap<>();
    try (Stream<Path> entries = Files.list(real)) {
      entries.forEach(entry -> names.put(name(entry), entry));
    }
    if (!names.keySet().equals(expected.live().keySet())) {
      return real + " has " + names.keySet() + ", by the trace " + expected.live().keySet();
    }
    for (Map.Entry<String, Node> entry : expected.live().entrySet()) {
      Path path = names.get(entry.getKey());
      String found =
          switch (entry.getValue()) {
            case PowerFolder inner -> difference(inner, path);
            case PowerFile file -> {
              long at = file.difference(Files.readAllBytes(path));
              yield at < 0 ? null : path + " differs at " + at;
            }
          };
      if (found != null) {
        return found;
      }
    }
    return null;
  }
}
