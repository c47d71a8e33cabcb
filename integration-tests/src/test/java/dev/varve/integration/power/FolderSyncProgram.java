package dev.varve.integration.power;

import dev.varve.storage.fs.DiskFileSystem;
import dev.varve.storage.fs.WritableFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * What the engine does with {@link DiskFileSystem} to have a file under its name for good. Run by
 * {@link DiskFileSystemIT} in a process of its own.
 */
final class FolderSyncProgram {

  private FolderSyncProgram() {}

  public static void main(String[] arguments) throws IOException {
    Path folder = Path.of(arguments[0]);
    DiskFileSystem files = new DiskFileSystem();
    files.createDirectories(folder);
    try (WritableFile file = files.create(folder.resolve("new"))) {
      file.write(ByteBuffer.allocateDirect(10_000), 1);
      file.sync();
    }
    files.rename(folder.resolve("new"), folder.resolve("renamed"));
    files.link(folder.resolve("renamed"), folder.resolve("linked"));
    files.syncDirectory(folder);
  }
}
