package dev.varve.server.dispatch;

import dev.varve.server.datatype.collection.CollectionLimits;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** The settings, by their directive names. Safe for use by many threads. */
public interface ServerConfig {
  /**
   * Returns the directives whose (lower case) name passes, with their values, in table order. The
   * chars of a value stand for bytes.
   */
  Map<String, String> get(Predicate<String> name);

  /**
   * Changes settings, all or none.
   *
   * @param changes names, as they were sent, and new values
   * @return why nothing was changed; null if all was
   */
  Refusal set(List<Map.Entry<String, String>> changes);

  /**
   * Writes the settings to the file that they were read from at the start. Waits for the disk.
   *
   * @return false if there was no file
   * @throws IOException if it can't be written; it is as it was then
   */
  boolean rewrite() throws IOException;

  /** Returns how many databases there are. */
  int databases();

  /** Returns the longest key, in bytes. */
  int maxKeyBytes();

  /** Returns the longest string that requests may speak of, in bytes. */
  int maxBulkBytes();

  /** Returns the longest value of a string, in bytes: no more, and what memory allows. */
  int maxValueBytes();

  /** Returns the bytes that the reply to a command that lists keys may have. */
  long maxReplyBytes();

  /** Returns after how many milliseconds of a script others are told; 0: never. */
  long busyReplyMillis();

  /** Returns heap that what a script holds may take. */
  long scriptBytes();

  /** Returns up to where small collections are kept in a smaller way. */
  CollectionLimits collectionLimits();

  /**
   * Why CONFIG SET changed nothing.
   *
   * @param name the directive at fault: as it was sent, or by its own name if its value is
   * @param reason what is wrong with its value ({@code argument must be a memory value}); null if
   *     there is no such directive
   */
  record Refusal(String name, String reason) {}
}
