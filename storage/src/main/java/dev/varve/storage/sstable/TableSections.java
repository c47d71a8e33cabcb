package dev.varve.storage.sstable;

import dev.varve.storage.StorageException.Corruption;
import dev.varve.storage.base.RangeTombstoneIndex;
import dev.varve.storage.block.BlockFile;
import dev.varve.storage.block.BlockHandle;
import dev.varve.storage.cache.BufferPool;
import dev.varve.storage.cache.PooledBuffer;
import dev.varve.storage.sstable.TableFormat.Footer;
import java.lang.foreign.ValueLayout;

/**
 * What there is in a table's file beside data blocks.
 *
 * @param fileBytes size of the file
 * @param filter where the filter is in the file; there data blocks end
 * @param index where the index is in the file
 */
record TableSections(
    long fileBytes,
    BlockHandle filter,
    BlockHandle index,
    TableProperties properties,
    RangeTombstoneIndex rangeTombstones) {
  /** Reads all and checks it, but for data blocks, filter and index. */
  static TableSections read(BlockFile file) {
    long fileBytes = file.size();
    Footer footer = readFooter(file, fileBytes);
    byte[] propertyBytes = readBytes(file, footer.properties());
    byte[] tombstoneBytes = readBytes(file, footer.tombstones());
    TableProperties properties;
    RangeTombstoneIndex tombstones;
    try {
      properties = TableProperties.decode(propertyBytes);
      tombstones = RangeTombstoneSection.decode(tombstoneBytes, properties.rangeTombstones());
    } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
      throw new Corruption(
          file.name(), footer.tombstones().offset(), "well-formed tombstones and properties");
    }
    return new TableSections(fileBytes, footer.filter(), footer.index(), properties, tombstones);
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
