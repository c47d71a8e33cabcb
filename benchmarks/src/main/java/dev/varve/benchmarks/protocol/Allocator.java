package dev.varve.benchmarks.protocol;

import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;

/** Netty's allocators that a server may use. */
public enum Allocator {
  POOLED,
  ADAPTIVE;

  ByteBufAllocator get() {
    return switch (this) {
      case POOLED -> PooledByteBufAllocator.DEFAULT;
      case ADAPTIVE -> new AdaptiveByteBufAllocator();
    };
  }
}
