package dev.varve.storage.sstable;

import dev.varve.storage.Compression;
import dev.varve.storage.base.EntryKind;
import dev.varve.storage.base.EntryReference;
import dev.varve.storage.block.BlockFile;
import dev.varve.storage.block.BlockHandle;
import dev.varve.storage.cache.BlockCache;
import dev.varve.storage.fs.FileSystem;
import dev.varve.storage.iterator.EntryCursor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/** Makes entries and tables of them for the tests. */
final class Tables {
  /** An entry's place in order. */
  record EntryId(byte[] key, long sequence) {
    @Override
    public String toString() {
      return Arrays.toString(key) + "@" + sequence;
    }
  }

  /** What an entry says. */
  record Content(byte kind, byte[] value) {}

  static final Comparator<EntryId> ORDER =
      Comparator.comparing(EntryId::key, Arrays::compareUnsigned)
          .thenComparing(Comparator.comparingLong(EntryId::sequence).reversed());

  private Tables() {}

  static NavigableMap<EntryId, Content> newModel() {
    return new TreeMap<>(ORDER);
  }

  /** Random entries: keys of several shapes, some with many versions, some values large. */
  static NavigableMap<EntryId, Content> random(Random random, int entries) {
    NavigableMap<EntryId, Content> model = newModel();
    int shape = random.nextInt(4);
    int largestValue = new int[] {0, 10, 300, 6000}[random.nextInt(4)];
    long sequence = random.nextLong(1L << random.nextInt(1, 55));
    byte[] key = new byte[0];
    while (model.size() < entries) {
      if (model.isEmpty() || random.nextInt(10) < 7) {
        key = key(random, shape);
      }
      int versions = random.nextInt(50) == 0 ? 40 : 1;
      for (int i = 0; i < versions; i++) {
        boolean delete = random.nextInt(5) == 0;
        boolean blind = random.nextInt(5) == 0;
        byte kind =
            (byte)
                ((delete ? EntryKind.DELETE : EntryKind.PUT) | (blind ? EntryKind.BLIND_BIT : 0));
        byte[] value = new byte[delete ? 0 : random.nextInt(largestValue + 1)];
        if (random.nextBoolean()) {
          random.nextBytes(value);
        }
        model.put(new EntryId(key, sequence++), new Content(kind, value));
      }
    }
    return model;
  }

  static byte[] key(Random random, int shape) {
    return switch (shape) {
      case 0 -> "key:%012d".formatted(random.nextInt(5000)).getBytes(StandardCharsets.US_ASCII);
      case 1 -> {
        byte[] key = new byte[random.nextInt(4)];
        for (int i = 0; i < key.length; i++) {
          key[i] = new byte[] {0, 1, (byte) 0xFF, (byte) 0xFE}[random.nextInt(4)];
        }
        yield key;
      }
      case 2 -> {
        byte[] key = new byte[random.nextInt(1, 400)];
        Arrays.fill(key, (byte) 'p');
        for (int i = 0; i < 3; i++) {
          key[random.nextInt(key.length)] = (byte) random.nextInt(256);
        }
        yield key;
      }
      default -> {
        byte[] key = new byte[random.nextInt(30)];
        random.nextBytes(key);
        yield key;
      }
    };
  }

  static TableFormatOptions randomOptions(Random random) {
    return new TableFormatOptions(
        new int[] {64, 256, 1024, 4096, 16384}[random.nextInt(5)],
        new int[] {1, 2, 3, 16, 100}[random.nextInt(5)],
        random.nextInt(4) == 0 ? 0 : random.nextInt(1, 33),
        List.of(Compression.values()).get(random.nextInt(3)),
        random.nextBoolean() ? 0 : random.nextInt(1, 1 << 20));
  }

  static TableProperties write(
      FileSystem fileSystem,
      Path path,
      TableFormatOptions options,
      NavigableMap<EntryId, Content> model) {
    TableWriter writer = new TableWriter(fileSystem, path, options);
    addAll(writer, model);
    return writer.finish();
  }

  static void addAll(TableWriter writer, NavigableMap<EntryId, Content> model) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment scratch = arena.allocate(16 << 10);
      model.forEach(
          (id, content) -> {
            int length = content.value().length;
            MemorySegment.copy(content.value(), 0, scratch, ValueLayout.JAVA_BYTE, 3, length);
            byte[] shifted = new byte[id.key().length + 5];
            System.arraycopy(id.key(), 0, shifted, 5, id.key().length);
            writer.add(
                content.kind(), id.sequence(), shifted, 5, id.key().length, scratch, 3, length);
          });
    }
  }

  /** All that the table says, by every way of asking; what can't be told any more is left out. */
  static List<String> readAll(FileSystem fileSystem, Path path) {
    List<String> seen = new ArrayList<>();
    try (BlockCache cache = new BlockCache(0)) {
      TableReader table = TableReader.open(fileSystem, path, 7, cache);
      try {
        table.loadFilter();
        seen.add(Arrays.toString(table.properties().encode()));
        table
            .rangeTombstones()
            .toList()
            .forEach(each -> seen.add(Arrays.toString(each.begin()) + Arrays.toString(each.end())));
        EntryReference out = new EntryReference();
        try (EntryCursor cursor = table.cursor(true)) {
          for (cursor.seekToFirst(); cursor.isValid(); cursor.next()) {
            byte[] key = Arrays.copyOf(cursor.key(), cursor.keyLength());
            byte[] value =
                cursor
                    .valueSegment()
                    .asSlice(cursor.valueOffset(), cursor.valueLength())
                    .toArray(ValueLayout.JAVA_BYTE);
            seen.add(
                Arrays.toString(key)
                    + cursor.sequence()
                    + "/"
                    + cursor.kind()
                    + Arrays.toString(value));
            seen.add("get " + table.get(key, 0, key.length, cursor.sequence(), true, out));
            out.release();
          }
          for (cursor.seekToLast(); cursor.isValid(); cursor.previous()) {
            seen.add("back " + cursor.sequence());
          }
        }
      } finally {
        table.release();
      }
    }
    return seen;
  }

  static List<BlockHandle> dataBlocks(FileSystem fileSystem, Path path) throws IOException {
    BlockFile file =
        new BlockFile(fileSystem.openForRead(path), path.toString(), DataBlockValidator::isSound);
    List<BlockHandle> blocks = new ArrayList<>();
    try (BlockCache cache = new BlockCache(0)) {
      IndexMemory memory = new IndexMemory(file, TableSections.read(file), 7, cache);
      TableIndex index = memory.acquire(true);
      for (int i = 0; i < index.blocks(); i++) {
        long start = index.offset(i);
        blocks.add(new BlockHandle(start, (int) (index.offset(i + 1) - start)));
      }
      index.release();
      memory.close();
    }
    file.close();
    return blocks;
  }

  /** Makes a block's checksum that of its bytes. */
  static void seal(byte[] bytes, BlockHandle section) {
    CRC32C crc = new CRC32C();
    int end = (int) section.end() - Integer.BYTES;
    crc.update(bytes, (int) section.offset(), end - (int) section.offset());
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(end, (int) crc.getValue());
  }
}
