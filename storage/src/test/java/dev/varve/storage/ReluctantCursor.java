package dev.varve.storage;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.Random;

/**
 * A cursor that lets another one read the disk only now and then, and takes up again what that one
 * can't do without. Shows what the other would show if it might read all the time.
 */
public final class ReluctantCursor implements Cursor {
  private final Cursor cursor;
  private final Random random;
  private int refusals;

  public ReluctantCursor(Cursor cursor, Random random) {
    this.cursor = cursor;
    this.random = random;
  }

  /** How often a move or a value needed a read that was not allowed. */
  public int refusals() {
    return refusals;
  }

  private void allowSometimes() {
    cursor.mayRead(random.nextInt(4) == 0);
  }

  private void goOn() {
    boolean allowed = false;
    while (cursor.needsRead()) {
      assertFalse(allowed, "may read, and says that it needs to");
      assertFalse(cursor.isValid());
      assertFalse(cursor.isHalted());
      refusals++;
      allowed = random.nextInt(3) == 0;
      cursor.mayRead(allowed);
      cursor.resume();
    }
    assertThrows(IllegalStateException.class, cursor::resume);
  }

  @Override
  public boolean isValid() {
    return cursor.isValid();
  }

  @Override
  public void passAtMost(long entries) {
    cursor.passAtMost(entries);
  }

  @Override
  public boolean isHalted() {
    return cursor.isHalted();
  }

  @Override
  public void seekToFirst() {
    allowSometimes();
    cursor.seekToFirst();
    goOn();
  }

  @Override
  public void seekToLast() {
    allowSometimes();
    cursor.seekToLast();
    goOn();
  }

  @Override
  public void seek(byte[] key, int offset, int length) {
    allowSometimes();
    cursor.seek(key, offset, length);
    goOn();
  }

  @Override
  public void seekBefore(byte[] key, int offset, int length) {
    allowSometimes();
    cursor.seekBefore(key, offset, length);
    goOn();
  }

  @Override
  public void next() {
    allowSometimes();
    cursor.next();
    goOn();
  }

  @Override
  public void previous() {
    allowSometimes();
    cursor.previous();
    goOn();
  }

  @Override
  public byte[] key() {
    return cursor.key();
  }

  @Override
  public int keyLength() {
    return cursor.keyLength();
  }

  @Override
  public boolean loadValue() {
    if (cursor.loadValue()) {
      return true;
    }
    refusals++;
    assertTrue(cursor.isValid(), "a value that needs a read leaves the cursor where it is");
    assertThrows(IllegalStateException.class, cursor::valueSegment);
    cursor.mayRead(true);
    assertTrue(cursor.loadValue());
    return true;
  }

  @Override
  public boolean loadHead() {
    if (!cursor.loadHead()) {
      refusals++;
      assertThrows(IllegalStateException.class, cursor::headSegment);
      cursor.mayRead(true);
      assertTrue(cursor.loadHead());
    }
    return true;
  }

  @Override
  public MemorySegment headSegment() {
    loadHead();
    return cursor.headSegment();
  }

  @Override
  public long headOffset() {
    loadHead();
    return cursor.headOffset();
  }

  @Override
  public int headLength() {
    loadHead();
    return cursor.headLength();
  }

  @Override
  public MemorySegment valueSegment() {
    loadValue();
    return cursor.valueSegment();
  }

  @Override
  public long valueOffset() {
    loadValue();
    return cursor.valueOffset();
  }

  @Override
  public int valueLength() {
    return cursor.valueLength();
  }

  @Override
  public void close() {
    cursor.close();
  }
}
