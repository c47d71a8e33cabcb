package dev.varve.server.bootstrap;

import dev.varve.storage.StorageException;
import dev.varve.storage.engine.OfflineDatabase;
import dev.varve.storage.fs.DiskFileSystem;
import dev.varve.storage.fs.FileSystem;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Removes a database's files from a directory that no server has open. */
@Command(
    name = "clear",
    description = "Deletes all data in a directory, after asking; refuses if a server has it open.",
    mixinStandardHelpOptions = true)
final class ClearCommand implements Callable<Integer> {
  private static final String IDENTITY = "IDENTITY";

  /** Files of a database beside its identity and lock; nothing else in the directory is touched. */
  private static final Pattern DATABASE_FILE =
      Pattern.compile("IDENTITY\\.tmp|CURRENT(\\.\\w+)?|MANIFEST-\\d+|\\d+\\.\\w+");

  @Parameters(paramLabel = "DIR", description = "the directory")
  private Path directory;

  @Option(names = "--yes", description = "don't ask")
  private boolean yes;

  private final FileSystem files = new DiskFileSystem();

  @Override
  public Integer call() {
    if (!files.exists(directory.resolve(IDENTITY))) {
      System.err.println("varve clear: there is no database in " + directory);
      return ExitCode.FAILURE.code();
    }
    try (OfflineDatabase locked = OfflineDatabase.open(files, directory)) {
      if (locked == null) {
        System.err.println("varve clear: there is no database in " + directory);
        return ExitCode.FAILURE.code();
      }
      List<String> names = databaseFiles();
      if (!yes && !confirmed(names.size())) {
        System.err.println("varve clear: nothing was deleted");
        return ExitCode.FAILURE.code();
      }
      // The identity goes last: as long as it is there, clearing can be begun anew.
      for (String name : names) {
        files.delete(directory.resolve(name));
      }
      files.delete(directory.resolve(IDENTITY));
      files.syncDirectory(directory);
      System.out.println("Deleted " + (names.size() + 1) + " files in " + directory);
      return ExitCode.OK.code();
    } catch (StorageException.Locked e) {
      System.err.println("varve clear: " + e.getMessage());
      return ExitCode.LOCKED.code();
    } catch (StorageException | IOException e) {
      System.err.println("varve clear: " + directory + ": " + e);
      return ExitCode.NOT_WRITABLE.code();
    }
  }

  private List<String> databaseFiles() throws IOException {
    return files.list(directory).stream()
        .filter(name -> DATABASE_FILE.matcher(name).matches())
        .sorted()
        .toList();
  }

  private boolean confirmed(int count) {
    return Confirmation.ask(
        "varve clear",
        String.format(
            "Delete all data in %s (%d files)?",
            directory.toAbsolutePath().normalize(), count + 1));
  }
}
