package dev.varve.integration;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A disk of 256 MiB (a {@code tmpfs} of its own), which fills up. Mounting takes root; without it
 * the tests are skipped.
 */
final class SmallDiskIT {

  private static final int DISK_MIB = 256;
  private static final int BALLAST_MIB = 64;
  private static final int PIPELINE = 16;
  private static final int VALUE_BYTES = 4_000;

  /** How often it is asked, 50 ms apart, whether what must come about has. */
  private static final int MOST_QUESTIONS = 1_200;

  private static final int MOST_REFUSALS = 20;

  private static final String FULL =
      "MISCONF Errors writing to the AOF file: No space left on device";

  @TempDir Path folder;
  private Path disk;
  private Path data;

  /** Keys are numbered from 0 on; the value of each follows from its number. */
  private final BitSet present = new BitSet();

  /** The number of the next new key. */
  private int next;

  @BeforeEach
  void mount() throws IOException {
    Tools.require("mount");
    disk = Files.createDirectory(folder.resolve("disk"));
    data = disk.resolve("data");
    Tools.Result mounted =
        Tools.run(
            List.of("mount", "-t", "tmpfs", "-o", "size=" + DISK_MIB + "m", "varve", "" + disk));
    if (mounted.code() != 0) {
      disk = null;
      Tools.missing("a tmpfs can't be mounted: " + mounted.output().strip());
    }
  }

  @AfterEach
  void unmount() {
    if (disk != null) {
      Tools.run(List.of("umount", disk.toString())).succeeded();
    }
  }

  private ServerProcess start() {
    return ServerProcess.in(data).with("--memtable-bytes", "4mb", "--maxmemory", "256mb").start();
  }

  private static byte[] key(int number) {
    return RawClient.ascii("key:" + number);
  }

  private static byte[] value(int number) {
    byte[] value = new byte[VALUE_BYTES];
    new SplittableRandom(number).nextBytes(value);
    return value;
  }

  private void ballast(int mib) throws IOException {
    Files.write(disk.resolve("ballast"), new byte[mib << 20]);
  }

  private long usableMib() {
    return disk.toFile().getUsableSpace() >> 20;
  }

  /** Writes new keys until one is refused, for want of space. */
  private void fill(RawClient client) throws IOException {
    for (boolean full = false; !full; next += PIPELINE) {
      for (int i = next; i < next + PIPELINE; i++) {
        client.write(RawClient.frame(RawClient.ascii("SET"), key(i), value(i)));
      }
      client.flush();
      for (int i = next; i < next + PIPELINE; i++) {
        Object reply = client.read();
        if (reply.equals("OK")) {
          present.set(i);
        } else {
          String refusal = ((RawClient.ErrorReply) reply).text();
          assertTrue(refusal.startsWith(FULL), refusal);
          full = true;
        }
      }
    }
  }

  /** Fills the disk again; space may come back while it is being filled. */
  private void fillBeyond(int values, ServerProcess server, RawClient client) throws IOException {
    for (int i = 0; i < MOST_REFUSALS && present.cardinality() <= values; i++) {
      awaitWrites(server, client);
      fill(client);
    }
    assertTrue(present.cardinality() > values, () -> "only " + present.cardinality() + " values");
  }

  /** One command for each of some keys, pipelined; the caller reads the replies. */
  private static void ask(RawClient client, String command, int from, int to) throws IOException {
    for (int i = from; i < to; i++) {
      client.write(RawClient.frame(RawClient.ascii(command), key(i)));
    }
    client.flush();
  }

  private void verify(RawClient client) throws IOException {
    for (int from = 0; from < next; from += PIPELINE) {
      ask(client, "GET", from, from + PIPELINE);
      for (int i = from; i < from + PIPELINE; i++) {
        assertArrayEquals(present.get(i) ? value(i) : null, (byte[]) client.read(), "key:" + i);
      }
    }
    assertEquals(present.cardinality(), Keys.count(client));
    assertEquals(present.cardinality(), Keys.scan(client).size());
  }

  /** Deletes the oldest that are there. */
  private void delete(RawClient client, int count) throws IOException {
    for (int left = count; left > 0; ) {
      int from = present.nextSetBit(0);
      int to = Math.min(from + Math.min(left, PIPELINE), present.nextClearBit(from));
      ask(client, "DEL", from, to);
      for (int i = from; i < to; i++) {
        assertEquals(1L, client.read(), "key:" + i);
      }
      present.clear(from, to);
      left -= to - from;
    }
  }

  private void clear(RawClient client) throws IOException {
    assertEquals("OK", client.call("FLUSHALL"));
    present.clear();
  }

  /** The database gives space back, though nobody writes. */
  private void awaitSpace(ServerProcess server, int mib) {
    for (int i = 0; i < MOST_QUESTIONS && usableMib() < mib; i++) {
      server.run(Duration.ofMillis(50));
    }
    assertTrue(usableMib() >= mib, () -> "only " + usableMib() + " MiB came back");
  }

  private static void awaitWrites(ServerProcess server, RawClient client) throws IOException {
    Object reply = null;
    for (int i = 0; i < MOST_QUESTIONS && !"OK".equals(reply); i++) {
      server.run(Duration.ofMillis(50));
      reply = client.call("SET", "room again?", "yes");
    }
    assertEquals("OK", reply, "writes didn't come back");
    assertEquals(1L, client.call("DEL", "room again?"));
  }

  @Test
  void aFullDiskIsSurvivedAndSpaceFreedByTheOperatorIsUsed() throws Exception {
    ballast(BALLAST_MIB);
    try (ServerProcess server = start();
        RawClient client = server.connect()) {
      fill(client);
      int taken = present.cardinality();
      assertTrue(taken > 100_000_000 / VALUE_BYTES, taken + " values were taken");
      delete(client, 100);
      verify(client);
      server.kill();
    }
    try (ServerProcess server = start();
        RawClient client = server.connect()) {
      verify(client);
      delete(client, 200);
      fill(client);
      int before = present.cardinality();
      Files.delete(disk.resolve("ballast"));
      fillBeyond(before + BALLAST_MIB * 100, server, client);
      verify(client);
      server.kill();
    }
    try (ServerProcess server = start();
        RawClient client = server.connect()) {
      verify(client);
    }
  }

  @Test
  void deletingMuchGivesSpaceBack() throws Exception {
    try (ServerProcess server = start();
        RawClient client = server.connect()) {
      fill(client);
      int before = present.cardinality();
      delete(client, before / 5 * 3);
      awaitSpace(server, DISK_MIB / 8);
      fillBeyond(before / 5 * 3, server, client);
      server.kill();
    }
    try (ServerProcess server = start();
        RawClient client = server.connect()) {
      verify(client);
    }
  }

  @Test
  void clearingGivesSpaceBackAfterAKillAsWell() throws Exception {
    try (ServerProcess server = start();
        RawClient client = server.connect()) {
      fill(client);
      int before = present.cardinality();
      clear(client);
      awaitSpace(server, DISK_MIB / 2);
      fillBeyond(before / 2, server, client);
      server.kill();
    }
    try (ServerProcess server = start();
        RawClient client = server.connect()) {
      verify(client);
      delete(client, 10);
      clear(client);
      awaitSpace(server, DISK_MIB / 2);
      awaitWrites(server, client);
      verify(client);
    }
  }

  @Test
  void aNewDatabaseNeedsRoom() throws IOException {
    try {
      ballast(DISK_MIB + 1);
    } catch (IOException full) {
      assertEquals(0, disk.toFile().getUsableSpace(), full::toString);
    }
    ServerProcess.Exit exit = ServerProcess.in(data).run();
    assertEquals(8, exit.code(), exit.output());
    assertTrue(exit.output().contains("disk full"), exit.output());
    Files.delete(disk.resolve("ballast"));
    try (ServerProcess server = start();
        RawClient client = server.connect()) {
      assertEquals("OK", client.call("SET", "key", "value"));
    }
  }
}
