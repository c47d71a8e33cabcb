package dev.varve.protocol;

import io.netty.buffer.ByteBuf;
import java.lang.foreign.MemorySegment;
import java.math.BigInteger;

/**
 * Takes a command's reply as values, and leaves to the sink how they are written.
 *
 * <p>A reply is one value. An aggregate is a header that announces how many values follow, and then
 * those: a large reply can be given piece by piece, none of it has to be held. What RESP2 lacks is
 * given in what it has, as each method says.
 *
 * <p>Not thread-safe.
 */
public interface ReplySink {

  /** Returns the version that the reply is written in, for commands whose shape depends on it. */
  ProtocolVersion version();

  /** The status {@code OK}. */
  void ok();

  /** The status {@code PONG}. */
  void pong();

  /** A status: a short text; each char is a byte, line ends become blanks. */
  void simpleString(String text);

  /**
   * An error: a code in capitals, a blank and a message. Each char is a byte (as {@link
   * Request#argumentString} gives them), line ends become blanks, those at the end nothing.
   */
  void error(String codeAndMessage);

  /** A whole number. */
  void integer(long value);

  /** A string of bytes. */
  void bulk(byte[] bytes);

  /** A string of bytes: {@code length} of them from {@code offset} on. */
  void bulk(byte[] bytes, int offset, int length);

  /** A string of bytes, at an index of {@code bytes}, whose own indices stay as they are. */
  void bulk(ByteBuf bytes, int offset, int length);

  /** A string of bytes in memory of any kind. */
  void bulk(MemorySegment bytes, long offset, int length);

  /**
   * Begins a string of {@code length} bytes, which are given in pieces, by {@link #piece} and
   * {@link #zeros}. {@link #endBulk} ends it.
   */
  void beginBulk(int length);

  /** The next bytes of a string that has begun. */
  void piece(MemorySegment bytes, long offset, int length);

  /** The next bytes of a string that has begun: zeros. */
  void zeros(int length);

  /** Ends a string that has begun; all its bytes were given. */
  void endBulk();

  /** A string, encoded in UTF-8. */
  void bulk(String text);

  /** A number as a string of its decimal digits. */
  void bulk(long value);

  /** A floating-point number as a string, with the digits of {@link #doubleValue}. */
  void bulk(double value);

  /** No string. */
  void nullBulk();

  /** No array; RESP3 has only one null. */
  void nullArray();

  /** An array of {@code count} values. */
  void arrayHeader(int count);

  /** A map: {@code pairs} keys, each followed by its value. RESP2: an array of both. */
  void mapHeader(int pairs);

  /** A set of {@code count} values. RESP2: an array. */
  void setHeader(int count);

  /** A message of {@code count} values that answers no request. RESP2: an array. */
  void pushHeader(int count);

  /**
   * An attribute of {@code pairs} keys, each followed by its value: what more there is to say of
   * the value that follows. RESP2 has none: it isn't for replies in it.
   */
  void attributeHeader(int pairs);

  /**
   * Returns whether what is given leaves at once and isn't held: who doesn't know how many values
   * an aggregate has finds out first, if it may be large, as {@link #beginDeferred} would hold it.
   */
  boolean leavesAtOnce();

  /**
   * Begins an array, map, set or push whose count isn't known yet: its values follow, and then one
   * of the methods that say what it is and how many. Those within it are ended before it. All of it
   * is held until then.
   *
   * @return what ends it
   */
  int beginDeferred();

  /** Ends what {@link #beginDeferred} began, as an array of {@code count} values. */
  void endArray(int begun, int count);

  /** Ends what {@link #beginDeferred} began, as a {@linkplain #mapHeader map}. */
  void endMap(int begun, int pairs);

  /** Ends what {@link #beginDeferred} began, as a {@linkplain #setHeader set}. */
  void endSet(int begun, int count);

  /** Ends what {@link #beginDeferred} began, as a {@linkplain #pushHeader message}. */
  void endPush(int begun, int count);

  /** A floating-point number with 17 digits, as C's {@code %.17g}. RESP2: a string. */
  void doubleValue(double value);

  /**
   * A floating-point number with up to 17 digits after the point, as C's {@code %.17Lf} without
   * zeros at the end. RESP2: a string.
   */
  void plainDouble(double value);

  /** A truth value. RESP2: 1 or 0. */
  void booleanValue(boolean value);

  /** A whole number of any size. RESP2: a string. */
  void bigNumber(BigInteger value);

  /** As {@link #bigNumber(BigInteger)}, in a spelling of somebody else's; each char is a byte. */
  void bigNumber(String text);

  /** A text for people, encoded in UTF-8. RESP2: a string. */
  void verbatim(String text);

  /**
   * A text for people. RESP2: a string.
   *
   * @param format of the text: three letters; of more the first ones count, blanks make up for less
   */
  void verbatim(String format, byte[] text);
}
