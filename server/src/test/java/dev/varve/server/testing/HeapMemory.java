package dev.varve.server.testing;

import dev.varve.server.dispatch.QueuedRequests;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/** Takes memory of the heap, up to a bound. */
final class HeapMemory implements QueuedRequests.Memory {
  private static final int MOST = 8 << 20;

  private int taken;

  @Override
  public ByteBuf take(int capacity) {
    if (taken + capacity > MOST) {
      return null;
    }
    taken += capacity;
    return Unpooled.buffer(capacity, capacity);
  }

  @Override
  public void give(ByteBuf buffer) {
    taken -= buffer.capacity();
    buffer.release();
  }
}
