package dev.varve.storage.repair;

import dev.varve.storage.fs.FileErrors;
import dev.varve.storage.fs.FileSystem;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The folder {@code lost} of a database, where a repair puts what it can't use. A file gets its new
 * name first and loses the old one only once nothing refers to it any more, so that a repair that
 * is cut short can be begun anew. Used by one thread.
 */
final class LostAndFound {
  private static final String NAME = "lost";

  private final FileSystem fileSystem;
  private final Path directory;
  private final Path lost;
  private final List<Path> kept = new ArrayList<>();

  LostAndFound(FileSystem fileSystem, Path directory) {
    this.fileSystem = fileSystem;
    this.directory = directory;
    lost = directory.resolve(NAME);
  }

  /** The names in the folder, which may not be there. */
  List<String> names() throws IOException {
    return fileSystem.exists(lost) ? fileSystem.list(lost) : List.of();
  }

  /** Gives a file a name in the folder; where it goes by then. */
  Path keep(Path file) {
    try {
      fileSystem.createDirectories(lost);
      Path name = lost.resolve(file.getFileName());
      for (int i = 1; fileSystem.exists(name); i++) {
        name = lost.resolve(file.getFileName() + "." + i);
      }
      fileSystem.link(file, name);
      fileSystem.syncDirectory(lost);
      fileSystem.syncDirectory(directory);
      kept.add(file);
      return name;
    } catch (IOException e) {
      throw FileErrors.wrap("moving " + file + " to " + lost, e);
    }
  }

  /** Takes a kept file's old name away. */
  void remove(Path file) {
    try {
      if (kept.contains(file) && fileSystem.exists(file)) {
        fileSystem.delete(file);
        fileSystem.syncDirectory(directory);
      }
    } catch (IOException e) {
      throw FileErrors.wrap("removing " + file, e);
    }
  }
}
