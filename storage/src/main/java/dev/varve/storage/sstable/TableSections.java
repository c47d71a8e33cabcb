package dev.varve.storage.sstable;

import dev.varve.storage.StorageException.Corruption;
import dev.varve.storage.base.RangeTombstone;
import dev.varve.storage.block.BlockFile;
import dev.varve.storage.block.BlockHandle;
import dev.varve.storage.cache.BufferPool;
import dev.varve.storage.cache.PooledBuffer;
import dev.varve.storage.sstable.TableFormat.Footer;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * What a table keeps in memory while it is open.
 *
 * @param memory owns the index
 * @param memoryBytes size of that
 * @param fileBytes size of the file
 * @param filter where the filter is in the file
 */
record TableSections(
    Arena memory,
    long memoryBytes,
    long fileBytes,
    BlockHandle filter,
    TableIndex index,
    TableProperties properties,
    List<RangeTombstone> rangeTombstones) {
  /** Reads and checks all but the data blocks and the filter. */
  static TableSections read(BlockFile file) {
    long fileBytes = file.size();
    Footer footer = readFooter(file, fileBytes);
    byte[] propertyBytes = readBytes(file, footer.properties());
    byte[] tombstoneBytes = readBytes(file, footer.tombstones());
    Arena memory = Arena.ofShared();
    try {
      MemorySegment indexSection =
          file.readSection(footer.index(), memory.allocate(footer.index().length(), Long.BYTES));
      TableIndex index = null;
      long wordBytes = 0;
      if (TableIndex.isPlausible(indexSection)) {
        wordBytes = TableIndex.wordBytes(indexSection);
        MemorySegment words = memory.allocate(wordBytes, Long.BYTES);
        index = TableIndex.of(indexSection, footer.filter().offset(), words);
      }
      if (index == null) {
        throw new Corruption(file.name(), footer.index().offset(), "a well-formed index");
      }
      TableProperties properties;
      List<RangeTombstone> tombstones;
      try {
        properties = TableProperties.decode(propertyBytes);
        tombstones = RangeTombstoneSection.decode(tombstoneBytes);
      } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
        throw new Corruption(
            file.name(), footer.tombstones().offset(), "well-formed tombstones and properties");
      }
      if (properties.dataBlocks() != index.blocks()
          || properties.rangeTombstones() != tombstones.size()) {
        throw new Corruption(
            file.name(), footer.properties().offset(), "properties that agree with the sections");
      }
      return new TableSections(
          memory,
          footer.index().length() + wordBytes,
          fileBytes,
          footer.filter(),
          index,
          properties,
          tombstones);
    } catch (RuntimeException e) {
      memory.close();
      throw e;
    }
  }

  private static Footer readFooter(BlockFile file, long fileBytes) {
    if (fileBytes < TableFormat.FOOTER_BYTES) {
      throw new Corruption(file.name(), fileBytes, "at least a footer's length");
    }
    try (PooledBuffer buffer = BufferPool.borrow(TableFormat.FOOTER_BYTES)) {
      file.read(
          buffer.bytes().limit(TableFormat.FOOTER_BYTES), fileBytes - TableFormat.FOOTER_BYTES);
      return Footer.decode(buffer.bytes().clear(), file.name(), fileBytes);
    }
  }

  private static byte[] readBytes(BlockFile file, BlockHandle handle) {
    try (PooledBuffer buffer = BufferPool.borrow(handle.length())) {
      return file.readSection(handle, buffer.memory().asSlice(0, handle.length()))
          .toArray(ValueLayout.JAVA_BYTE);
    }
  }
}
