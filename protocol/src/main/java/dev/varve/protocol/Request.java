package dev.varve.protocol;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A client's request: its arguments, the first of which names the command, as slices of a buffer.
 *
 * <p>Reusable, so that decoding allocates nothing: a {@link RequestDecoder} fills it again and
 * again. The slices lie in the buffer that was decoded from and are valid until its bytes are
 * discarded, written over or released; {@link #copyTo} and {@link #copy} give a request that
 * outlives that. Not thread-safe.
 */
public final class Request {
  private static final int INITIAL_ARGUMENTS = 16;

  /**
   * Room beyond these many arguments is given back before the next request; a copy of a request of
   * more bytes shares them.
   */
  private static final int RETAINED_ARGUMENTS = 1024;

  private static final int RETAINED_BYTES = 64 * 1024;
  private static final byte[] NO_BYTES = {};
  private static final int CRLF = 0x0D0A;
  private static final int NONE = -1;

  /** What stands around an argument at most: a type, digits, and two ends of lines. */
  private static final int MOST_FRAME_BYTES = 1 + DecimalLong.MAX_LENGTH + 4;

  private ByteBuf buffer = Unpooled.EMPTY_BUFFER;
  private int start;
  private int byteSize;
  private int argumentCount;

  /** For argument i, at 2i its offset from the request's start, and at 2i + 1 its length. */
  private int[] slices = new int[2 * INITIAL_ARGUMENTS];

  /** What a copied request keeps its bytes in; empty in one that was decoded. */
  private byte[] ownBytes = NO_BYTES;

  private ByteBuf ownBuffer = Unpooled.EMPTY_BUFFER;

  /** What a copy of a large request shares with it, instead of bytes of its own; null: nothing. */
  private ByteBuf shared;

  /** A number's bytes on their way to {@link DecimalLong}. */
  private final byte[] number = new byte[DecimalLong.MAX_LENGTH];

  /**
   * The argument that was looked at last for a number; {@link #NONE}: none was. Most are looked at
   * again: for what is fetched ahead, for whether it is one, and for its value.
   */
  private int numberArgument = NONE;

  /** Whether it is a number. */
  private boolean isNumber;

  /** Which, if it is one. */
  private long numberValue;

  /** Returns how many arguments there are, with the command's name; at least 1 once decoded. */
  public int argumentCount() {
    return argumentCount;
  }

  /** Returns the bytes that the request takes on the wire, framing included. */
  public int byteSize() {
    return byteSize;
  }

  /** Returns the buffer that {@link #argumentOffset} points into. */
  public ByteBuf buffer() {
    return buffer;
  }

  /** Returns where an argument begins in {@link #buffer()}. */
  public int argumentOffset(int index) {
    return start + slices[2 * checked(index)];
  }

  /** Returns an argument's length in bytes. */
  public int argumentLength(int index) {
    return slices[2 * checked(index) + 1];
  }

  /** Returns a copy of an argument. */
  public byte[] argumentBytes(int index) {
    byte[] bytes = new byte[argumentLength(index)];
    copyArgument(index, bytes, 0);
    return bytes;
  }

  /** Copies an argument into {@code target}, from {@code targetOffset} on. */
  public void copyArgument(int index, byte[] target, int targetOffset) {
    buffer.getBytes(argumentOffset(index), target, targetOffset, argumentLength(index));
  }

  /**
   * Returns an argument with each byte as a char (ISO 8859-1), so that nothing of it is lost
   * whatever its encoding: {@link ReplySink#error} writes the same bytes again.
   */
  public String argumentString(int index) {
    return buffer.toString(
        argumentOffset(index), argumentLength(index), StandardCharsets.ISO_8859_1);
  }

  /** Returns whether an argument is a number in {@linkplain DecimalLong Redis's spelling}. */
  public boolean isLong(int index) {
    if (numberArgument != checked(index)) {
      numberArgument = NONE;
      isNumber = readLong(index);
      numberArgument = index;
    }
    return isNumber;
  }

  private boolean readLong(int index) {
    int length = argumentLength(index);
    if (length > number.length) {
      return false;
    }
    copyArgument(index, number, 0);
    if (!DecimalLong.isLong(number, 0, length)) {
      return false;
    }
    numberValue = DecimalLong.parse(number, 0, length);
    return true;
  }

  /**
   * Returns the number that an argument spells.
   *
   * @throws NumberFormatException if it is {@linkplain #isLong none}
   */
  public long longValue(int index) {
    if (!isLong(index)) {
      throw new NumberFormatException("not a decimal number of 64 bits");
    }
    return numberValue;
  }

  /**
   * Returns whether an argument is this word in any case.
   *
   * @param upperCase the word in ASCII, its letters upper case
   */
  public boolean equalsIgnoreCase(int index, byte[] upperCase) {
    if (argumentLength(index) != upperCase.length) {
      return false;
    }
    int offset = argumentOffset(index);
    for (int i = 0; i < upperCase.length; i++) {
      if (upper(buffer.getByte(offset + i)) != upperCase[i]) {
        return false;
      }
    }
    return true;
  }

  /**
   * Returns an argument of at most 8 bytes as one number to switch over: ASCII letters turned into
   * upper case, the first byte highest, zeros below the last. Of a longer argument, only the first
   * 8 bytes count; {@link #upperCaseWord(String)} gives the number of a constant.
   */
  public long upperCaseWord(int index) {
    int length = Math.min(argumentLength(index), Long.BYTES);
    int offset = argumentOffset(index);
    if (length > 0 && offset + Long.BYTES <= buffer.capacity()) {
      int unusedBits = (Long.BYTES - length) * Byte.SIZE;
      return upper(buffer.getLong(offset) >>> unusedBits << unusedBits);
    }
    long word = 0;
    for (int i = 0; i < Long.BYTES; i++) {
      word = (word << Byte.SIZE) | (i < length ? buffer.getByte(offset + i) & 0xFF : 0);
    }
    return upper(word);
  }

  /** Returns the number that {@link #upperCaseWord(int)} gives for this ASCII word. */
  public static long upperCaseWord(String word) {
    long packed = 0;
    for (int i = 0; i < Long.BYTES; i++) {
      packed = (packed << Byte.SIZE) | (i < word.length() ? word.charAt(i) & 0xFF : 0);
    }
    return upper(packed);
  }

  /** Returns a new request of the same content, made by {@link #copyTo}. */
  public Request copy() {
    Request copy = new Request();
    copyTo(copy);
    return copy;
  }

  /**
   * Makes {@code target} a request of the same content that may be handed to another thread, and
   * stays what it is when this one's buffer is written to after it or released. It has a copy of
   * the bytes, or, if they are many, a share of the buffer until it is {@linkplain #release
   * released} or used for another request. A target that is used again and again allocates nothing
   * but for larger requests than before.
   */
  public void copyTo(Request target) {
    target.reset();
    target.reserveArguments(argumentCount);
    System.arraycopy(slices, 0, target.slices, 0, 2 * argumentCount);
    target.argumentCount = argumentCount;
    if (byteSize > RETAINED_BYTES) {
      target.shared = buffer.retainedSlice(start, byteSize);
      target.complete(target.shared, 0, byteSize);
    } else {
      target.reserveBytes(byteSize);
      buffer.getBytes(start, target.ownBytes, 0, byteSize);
      target.complete(target.ownBuffer, 0, byteSize);
    }
  }

  /** Returns how many bytes {@link #encodeTo} writes, at most. */
  public int encodedSize() {
    return isMultibulk() ? byteSize : byteSize + (argumentCount + 1) * MOST_FRAME_BYTES;
  }

  /** Writes the request as a {@link RequestDecoder} reads it. */
  public void encodeTo(ByteBuf out) {
    if (isMultibulk()) {
      out.writeBytes(buffer, start, byteSize);
      return;
    }
    // It was inline, and what it was quoted by is gone.
    writeHeader(out, '*', argumentCount);
    for (int i = 0; i < argumentCount; i++) {
      writeHeader(out, '$', argumentLength(i));
      out.writeBytes(buffer, argumentOffset(i), argumentLength(i));
      out.writeShort(CRLF);
    }
  }

  private boolean isMultibulk() {
    return byteSize > 0 && buffer.getByte(start) == '*';
  }

  private void writeHeader(ByteBuf out, char type, int value) {
    out.writeByte(type);
    int first = DecimalLong.write(value, number, number.length);
    out.writeBytes(number, first, number.length - first);
    out.writeShort(CRLF);
  }

  /** Whether this is a copy that shares the bytes of what it was copied from. */
  public boolean isShared() {
    return shared != null;
  }

  /** Gives up what this shares; the request must not be looked at afterwards. */
  public void release() {
    if (shared != null) {
      shared.release();
      shared = null;
      buffer = Unpooled.EMPTY_BUFFER;
    }
  }

  /** Forgets the arguments, for the next request. */
  void reset() {
    argumentCount = 0;
    numberArgument = NONE;
    if (slices.length > 2 * RETAINED_ARGUMENTS) {
      slices = new int[2 * INITIAL_ARGUMENTS];
    }
    release();
  }

  /** Adds an argument that lies {@code offset} bytes after the request's start. */
  void add(int offset, int length) {
    int at = 2 * argumentCount;
    if (at == slices.length) {
      slices = Arrays.copyOf(slices, 2 * slices.length);
    }
    slices[at] = offset;
    slices[at + 1] = length;
    argumentCount++;
  }

  /** Says where the request that {@link #add} has filled lies. */
  void complete(ByteBuf buffer, int start, int byteSize) {
    this.buffer = buffer;
    this.start = start;
    this.byteSize = byteSize;
    numberArgument = NONE;
  }

  private void reserveArguments(int count) {
    if (2 * count > slices.length) {
      slices = new int[2 * count];
    }
  }

  private void reserveBytes(int length) {
    if (length > ownBytes.length) {
      ownBytes = new byte[length];
      ownBuffer = Unpooled.wrappedBuffer(ownBytes);
    }
  }

  private int checked(int index) {
    if (index < 0 || index >= argumentCount) {
      throw new IndexOutOfBoundsException("argument " + index + " of " + argumentCount);
    }
    return index;
  }

  private static byte upper(byte letter) {
    return letter >= 'a' && letter <= 'z' ? (byte) (letter - ('a' - 'A')) : letter;
  }

  /** Turns the ASCII letters of eight bytes at once into upper case. */
  private static long upper(long word) {
    long ones = 0x0101010101010101L;
    long low7 = word & (0x7F * ones);
    // The top bit of a byte says: at least 'a'; beyond 'z'; above ASCII.
    long fromA = low7 + (0x80 - 'a') * ones;
    long beyondZ = low7 + (0x7F - 'z') * ones;
    long lowerCase = fromA & ~beyondZ & ~word & (0x80 * ones);
    return word ^ (lowerCase >>> 2);
  }
}
