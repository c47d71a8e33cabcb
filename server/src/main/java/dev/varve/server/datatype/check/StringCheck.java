package dev.varve.server.datatype.check;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** Checks the chunks of a string. One that isn't there is zeros, so how many are is counted. */
final class StringCheck {
  private static final int CHUNKS = 1;

  private final Subject subject;

  StringCheck(Subject subject) {
    this.subject = subject;
  }

  void run() {
    Input own = new Input(subject.head.own);
    long chunkBytes;
    long chunks;
    try {
      chunkBytes = own.number();
      chunks = own.number();
    } catch (IllegalArgumentException | IndexOutOfBoundsException _) {
      chunkBytes = 0;
      chunks = 0;
    }
    if (chunkBytes < 1) {
      subject.fault(Fault.UNREADABLE, "the size of its chunks");
      return;
    }
    long there = 0;
    try (Walk walk = subject.part(CHUNKS)) {
      while (walk.next()) {
        if (isChunk(walk, chunkBytes)) {
          there++;
        }
      }
    }
    if (there != chunks) {
      subject.fault(Fault.COUNT, chunks + " chunks are counted, " + there + " are there");
    }
    byte[] mended = new Output().number(chunkBytes).number(there).done();
    subject.settle(subject.head.count, mended);
  }

  private boolean isChunk(Walk walk, long chunkBytes) {
    byte[] key = walk.key();
    long begin = key.length == Subject.OWN + Integer.BYTES ? number(key) * chunkBytes : -1;
    if (begin < 0 || begin >= subject.head.count) {
      subject.stray(key, "a chunk behind its end");
      return false;
    }
    long most = Math.min(chunkBytes, subject.head.count - begin);
    if (walk.valueLength() > most) {
      subject.fault(Fault.COUNT, "a chunk of " + walk.valueLength() + " bytes, " + most + " fit");
      subject.put(key, Arrays.copyOf(walk.value(), (int) most));
    }
    return true;
  }

  private static long number(byte[] key) {
    return ByteBuffer.wrap(key).getInt(Subject.OWN);
  }
}
