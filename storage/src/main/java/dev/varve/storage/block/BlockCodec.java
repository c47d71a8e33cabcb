package dev.varve.storage.block;

import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import dev.varve.storage.Compression;
import dev.varve.storage.cache.BufferPool;
import dev.varve.storage.cache.PooledBuffer;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.function.Supplier;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;

/**
 * Compresses and decompresses blocks between direct buffers. Zstandard's contexts are large, so
 * they are kept and lent out. Safe for use by many threads.
 */
public final class BlockCodec {
  private static final int ZSTD_LEVEL = 3;
  private static final int LEAST_GAIN_SHIFT = 3;

  /** A length that no block has: it did not shrink enough to be worth it. */
  public static final int NOT_WORTH_IT = -1;

  // Each library is loaded when a table first needs it.
  private static final class Lz4 {
    private static final LZ4Compressor COMPRESSOR = LZ4Factory.fastestInstance().fastCompressor();
    private static final LZ4SafeDecompressor DECOMPRESSOR =
        LZ4Factory.fastestInstance().safeDecompressor();
  }

  private static final class Zstd {
    private static final ContextPool<ZstdCompressCtx> COMPRESSORS =
        new ContextPool<>(() -> new ZstdCompressCtx().setLevel(ZSTD_LEVEL));
    private static final ContextPool<ZstdDecompressCtx> DECOMPRESSORS =
        new ContextPool<>(ZstdDecompressCtx::new);
  }

  private static final class ContextPool<T> {
    private final ArrayDeque<T> idle = new ArrayDeque<>();
    private final Supplier<T> maker;

    ContextPool(Supplier<T> maker) {
      this.maker = maker;
    }

    T borrow() {
      synchronized (idle) {
        T context = idle.pollLast();
        if (context != null) {
          return context;
        }
      }
      return maker.get();
    }

    void giveBack(T context) {
      synchronized (idle) {
        idle.addLast(context);
      }
    }
  }

  private BlockCodec() {}

  /** The most bytes that {@code size} bytes may become. */
  public static int bound(Compression compression, int size) {
    return switch (compression) {
      case NONE -> 0;
      case LZ4 -> Lz4.COMPRESSOR.maxCompressedLength(size);
      case ZSTD -> Math.toIntExact(com.github.luben.zstd.Zstd.compressBound(size));
    };
  }

  /**
   * Compresses the first {@code size} bytes of {@code source} to the beginning of {@code target},
   * which has room for {@link #bound} bytes.
   *
   * @return the compressed length, or {@link #NOT_WORTH_IT} if that is not at least an eighth less
   */
  public static int compress(
      Compression compression, ByteBuffer source, int size, ByteBuffer target) {
    int compressed =
        switch (compression) {
          case NONE -> size;
          case LZ4 -> Lz4.COMPRESSOR.compress(source, 0, size, target, 0, target.capacity());
          case ZSTD -> {
            ZstdCompressCtx context = Zstd.COMPRESSORS.borrow();
            try {
              yield context.compressDirectByteBuffer(target, 0, target.capacity(), source, 0, size);
            } finally {
              Zstd.COMPRESSORS.giveBack(context);
            }
          }
        };
    return compressed <= size - (size >>> LEAST_GAIN_SHIFT) && compressed < size
        ? compressed
        : NOT_WORTH_IT;
  }

  /**
   * Decompresses into the whole of {@code target}.
   *
   * @return whether the bytes were sound and filled it exactly
   */
  static boolean decompress(
      Compression compression, ByteBuffer source, int offset, int length, ByteBuffer target) {
    int size = target.capacity();
    try {
      return switch (compression) {
        case NONE -> throw new IllegalArgumentException("not compressed");
        case LZ4 -> Lz4.DECOMPRESSOR.decompress(source, offset, length, target, 0, size) == size;
        case ZSTD -> {
          ZstdDecompressCtx context = Zstd.DECOMPRESSORS.borrow();
          try {
            yield context.decompressDirectByteBuffer(target, 0, size, source, offset, length)
                == size;
          } finally {
            Zstd.DECOMPRESSORS.giveBack(context);
          }
        }
      };
    } catch (LZ4Exception | ZstdException e) {
      return false;
    }
  }

  /** A buffer with room for a compressed block of {@code size} bytes. */
  public static PooledBuffer borrowTarget(Compression compression, int size) {
    return BufferPool.borrow(bound(compression, size));
  }
}
