package dev.varve.integration.power;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.integration.ServerProcess;
import dev.varve.integration.power.Trace.Event;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What {@link dev.varve.storage.fs.DiskFileSystem} asks of the system, and what a disk has of it.
 */
final class DiskFileSystemIT {

  @TempDir Path folder;

  @Test
  void theSyncOfAFolderMakesItsNamesSurviveALossOfPower() throws Exception {
    Path data = folder.resolve("data");
    List<Event> events = run(data);
    assertTrue(
        events.getLast().kind() == EventKind.CLOSE
            && events.get(events.size() - 2).kind() == EventKind.SYNC_END,
        () -> "the folder isn't synced last: " + events);
    PowerDisk disk = PowerDisk.of(folder.resolve("nothing"), data);
    events.forEach(disk::apply);
    Path left = folder.resolve("left");
    disk.crash(left, new SplittableRandom(0), 0, false);
    assertEquals(List.of("linked", "renamed"), names(left));
    assertArrayEquals(new byte[10_001], Files.readAllBytes(left.resolve("linked")));
  }

  @Test
  void withoutTheSyncOfTheFolderNoNameSurvives() throws Exception {
    Path data = folder.resolve("data");
    List<Event> events = run(data);
    PowerDisk disk = PowerDisk.of(folder.resolve("nothing"), data);
    events.subList(0, events.size() - 2).forEach(disk::apply);
    Path left = folder.resolve("left");
    disk.crash(left, new SplittableRandom(0), 0, false);
    assertEquals(List.of(), names(left));
  }

  private static List<String> names(Path in) throws Exception {
    try (Stream<Path> files = Files.list(in)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  /** Runs {@link FolderSyncProgram} on the packaged runtime and storage, and returns its trace. */
  private List<Event> run(Path data) throws Exception {
    Path library = Interposer.compile(folder);
    Interposer interposer = new Interposer(library, data, folder.resolve("trace"));
    Path classes =
        Path.of(
            FolderSyncProgram.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    String path = ServerProcess.HOME.resolve("lib/varve-server.jar") + ":" + classes;
    ProcessBuilder builder =
        new ProcessBuilder(
                ServerProcess.HOME.resolve("runtime/bin/java").toString(),
                "-cp",
                path,
                FolderSyncProgram.class.getName(),
                data.toString())
            .inheritIO();
    interposer.environment().forEach(builder.environment()::put);
    Process process = builder.start();
    assertTrue(process.waitFor(60, TimeUnit.SECONDS), "it doesn't end");
    assertEquals(0, process.exitValue());
    return interposer.events();
  }
}
