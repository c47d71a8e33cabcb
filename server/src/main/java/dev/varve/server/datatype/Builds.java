package dev.varve.server.datatype;

import dev.varve.storage.Cursor;
import dev.varve.storage.ReadView;
import dev.varve.storage.WriteBatch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Collections that are built aside: their elements are written in pieces, under an id that nothing
 * leads to yet. Each is noted before its first piece, and the note goes with the batch that puts
 * the head, or abandons the elements; so what a crash leaves is known when the database is opened.
 *
 * <pre>
 * 0x00 | 'o' | database id:u32 | collection id:u48 -> ()
 * </pre>
 */
public final class Builds {
  private static final byte NOTE = 'o';
  private static final int PREFIX_BYTES = 2;
  private static final int NOTE_BYTES = PREFIX_BYTES + Integer.BYTES + Short.BYTES + Integer.BYTES;
  private static final byte[] NOTHING = {};

  private Builds() {}

  /** Takes elements of a collection that is being built. */
  @FunctionalInterface
  public interface Pieces {
    /**
     * Has a batch appended, which has nothing but such elements; then it may be cleared. Waits for
     * that.
     */
    void write(WriteBatch piece);
  }

  private static byte[] note(int databaseId, long collectionId) {
    byte[] key = new byte[NOTE_BYTES];
    key[0] = KeyLayout.INTERNAL;
    key[1] = NOTE;
    KeyLayout.INT.set(key, PREFIX_BYTES, databaseId);
    Elements.putId(key, PREFIX_BYTES + Integer.BYTES, collectionId);
    return key;
  }

  /**
   * Notes that a collection is being built.
   *
   * @return the id that its elements are kept under
   */
  public static long begin(Transaction transaction, int databaseId) {
    long id = transaction.newCollectionId();
    transaction.batch().put(note(databaseId, id), NOTHING);
    return id;
  }

  /** What was built counts with this transaction's batch: its note goes. */
  public static void end(Transaction transaction, int databaseId, long collectionId) {
    transaction.batch().delete(note(databaseId, collectionId));
  }

  /** Gives up what was being built, wherever it has got to. */
  public static void abandon(Transaction transaction, int databaseId, long collectionId) {
    abandon(transaction, note(databaseId, collectionId));
  }

  /** As {@link #abandon(Transaction, int, long)}, by its note. */
  public static void abandon(Transaction transaction, byte[] note) {
    transaction.abandon(elementsOf(note));
    transaction.batch().delete(note);
  }

  /** Returns the notes of all that was being built when the database was closed, or ended. */
  public static List<byte[]> left(ReadView view) {
    List<byte[]> notes = new ArrayList<>();
    byte[] from = {KeyLayout.INTERNAL, NOTE};
    byte[] end = {KeyLayout.INTERNAL, NOTE + 1};
    try (Cursor cursor = view.cursor(from, end)) {
      for (cursor.seekToFirst(); cursor.isValid(); cursor.next()) {
        notes.add(Arrays.copyOf(cursor.key(), cursor.keyLength()));
      }
    }
    return notes;
  }

  /** Returns what the keys of the elements begin with that a note is of. */
  public static byte[] elementsOf(byte[] note) {
    byte[] prefix = new byte[KeyLayout.ELEMENT_PREFIX_BYTES];
    prefix[0] = KeyLayout.ELEMENTS;
    System.arraycopy(note, PREFIX_BYTES, prefix, 1, NOTE_BYTES - PREFIX_BYTES);
    return prefix;
  }
}
