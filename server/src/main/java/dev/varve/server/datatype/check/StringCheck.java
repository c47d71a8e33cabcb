package dev.varve.server.datatype.check;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** Checks the chunks of a string. One that isn't there is zeros, so what is there is counted. */
final class StringCheck {
  private static final int CHUNKS = 1;
  private static final int CHANGES = 0;
  private static final int BYTES = 1;
  private static final int NONE = -1;
  private static final int MOST_CHANGES = 256;

  /** Where in an element's key it says whether it is a chunk or changes of one. */
  private static final int KIND = Subject.OWN + Integer.BYTES;

  private final Subject subject;

  StringCheck(Subject subject) {
    this.subject = subject;
  }

  void run() {
    Input own = new Input(subject.head.own);
    long chunkBytes;
    long elements;
    try {
      chunkBytes = own.number();
      elements = own.number();
    } catch (IllegalArgumentException | IndexOutOfBoundsException _) {
      chunkBytes = 0;
      elements = 0;
    }
    if (chunkBytes < 1) {
      subject.fault(Fault.UNREADABLE, "the size of its chunks");
      return;
    }
    long there = 0;
    try (Walk walk = subject.part(CHUNKS)) {
      while (walk.next()) {
        if (isElement(walk, chunkBytes)) {
          there++;
        }
      }
    }
    if (there != elements) {
      subject.fault(Fault.COUNT, elements + " elements are counted, " + there + " are there");
    }
    byte[] mended = new Output().number(chunkBytes).number(there).done();
    subject.settle(subject.head.count, mended);
  }

  private boolean isElement(Walk walk, long chunkBytes) {
    byte[] key = walk.key();
    int kind = key.length == KIND + 1 ? key[KIND] : NONE;
    long begin = kind == NONE ? -1 : ByteBuffer.wrap(key).getInt(Subject.OWN) * chunkBytes;
    if (begin < 0 || begin >= subject.head.count || (kind != CHANGES && kind != BYTES)) {
      subject.stray(key, "a chunk behind its end");
      return false;
    }
    long most = Math.min(chunkBytes, subject.head.count - begin);
    if (kind == BYTES && walk.valueLength() > most) {
      subject.fault(Fault.COUNT, "a chunk of " + walk.valueLength() + " bytes, " + most + " fit");
      subject.put(key, Arrays.copyOf(walk.value(), (int) most));
    } else if (kind == CHANGES && !fit(walk.value(), most)) {
      subject.stray(key, "changes behind the end of a chunk");
      return false;
    }
    return true;
  }

  private static boolean fit(byte[] changes, long most) {
    Input input = new Input(changes);
    try {
      while (input.hasMore()) {
        long offset = ((long) input.u8() << Byte.SIZE) | input.u8();
        int length = input.bytes(input.u8()).length;
        if (offset + length > most) {
          return false;
        }
      }
      return changes.length <= MOST_CHANGES;
    } catch (IndexOutOfBoundsException _) {
      return false;
    }
  }
}
