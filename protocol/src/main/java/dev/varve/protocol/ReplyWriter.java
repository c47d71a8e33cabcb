package dev.varve.protocol;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Writes replies to a buffer as RESP2 or RESP3: the one place that knows their bytes.
 *
 * <p>Frequent replies are encoded beforehand, and numbers go digit by digit into the buffer, so
 * that nothing is allocated but by {@link #doubleValue}, {@link #bigNumber} and a buffer that
 * grows. Not thread-safe.
 */
public final class ReplyWriter implements ReplySink {
  private static final int CRLF = 0x0D0A;
  private static final byte[] OK = ascii("+OK\r\n");
  private static final byte[] PONG = ascii("+PONG\r\n");
  private static final byte[] NULL = ascii("_\r\n");
  private static final byte[] NULL_BULK = ascii("$-1\r\n");
  private static final byte[] NULL_ARRAY = ascii("*-1\r\n");
  private static final byte[] TRUE = ascii("#t\r\n");
  private static final byte[] FALSE = ascii("#f\r\n");

  /** Stands where a header of one digit will: no header begins so. */
  private static final int NO_HEADER = 0x0D0A;

  private static final String VERBATIM_TEXT = "txt:";

  /** Numbers below this have their line ready in {@link #SMALL_LINES}. */
  private static final int SMALL_NUMBERS = 1024;

  /**
   * A small number's line but for its type: an eighth left free for the type, the digits, CR LF,
   * and what is to be overwritten by the next value. It is written as one long.
   */
  private static final long[] SMALL_LINES = smallLines();

  /** Room for a number's type, digits, CR and LF. */
  private static final int MAX_LINE_LENGTH = 1 + DecimalLong.MAX_LENGTH + 2;

  /**
   * Every address there is: to copy into a buffer's memory without making a segment for it, which
   * only costs nothing where the compiler sees that it doesn't escape.
   */
  private static final MemorySegment ALL_MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  /**
   * Shorter strings are copied by eight bytes at a time, and what is copied after their end is
   * overwritten by what comes next: that takes half as long as a call that copies just them. There
   * is room for it, as a header is shorter than any line may be.
   */
  private static final int SHORT = 64;

  private static final ValueLayout.OfLong EIGHT = ValueLayout.JAVA_LONG_UNALIGNED;
  private static final VarHandle EIGHT_OF_ARRAY =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
  private static final ValueLayout.OfLong LINE = EIGHT.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfShort TWO =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  /** Buffers of at least so many bytes are taken only after asking. */
  private static final int LARGE_BUFFER = 256 << 10;

  /** Is asked before a buffer becomes a large one. */
  @FunctionalInterface
  public interface Growth {
    /**
     * What it throws, {@code bulk} throws, and nothing of the string is written.
     *
     * @param written bytes that the buffer has and keeps: they exist twice for a moment
     * @param grown bytes that it will take
     */
    void grow(int written, int grown);
  }

  /** Is asked before a buffer becomes a large one, and may take away what is in it instead. */
  public interface Outlet {
    /**
     * Makes room for what comes.
     *
     * @param full what was written so far: values one after another
     * @param needed bytes that are to be written
     * @param held whether an aggregate was begun whose count isn't known yet: nothing of what was
     *     written may be taken away
     * @return where to go on: {@code full}, or an empty buffer in its place. What it throws, {@code
     *     bulk} throws, and nothing of the string is written.
     */
    ByteBuf next(ByteBuf full, int needed, boolean held);

    /** Returns whether it takes away what is written: then nothing of it can be rolled back. */
    boolean takes();
  }

  private final byte[] line = new byte[MAX_LINE_LENGTH];
  private final Growth growth;

  /** Null: buffers become as large as {@link #growth} lets them. */
  private Outlet outlet;

  /** Aggregates that were begun whose count isn't known, since there is an {@link #outlet}. */
  private int deferred;

  private ByteBuf out;
  private ProtocolVersion version;

  /** Makes a writer of RESP2 or RESP3 into {@code out}. */
  public ReplyWriter(ByteBuf out, ProtocolVersion version) {
    this(out, version, (written, grown) -> {});
  }

  /** Makes a writer of RESP2 or RESP3 into {@code out}, whose growth may be refused. */
  public ReplyWriter(ByteBuf out, ProtocolVersion version, Growth growth) {
    this.out = out;
    this.version = version;
    this.growth = growth;
  }

  /** Lets the next bytes go to {@code out}; the writer never releases it. */
  public void output(ByteBuf out) {
    this.out = out;
  }

  /** Returns where the bytes go. */
  public ByteBuf output() {
    return out;
  }

  /**
   * Has large buffers go through an outlet; nothing may be begun whose count isn't known.
   *
   * @param next null: through none any more
   */
  public void outlet(Outlet next) {
    outlet = next;
    deferred = 0;
  }

  /** Sets the version for the next value, as {@code HELLO} does. */
  public void version(ProtocolVersion version) {
    this.version = version;
  }

  @Override
  public ProtocolVersion version() {
    return version;
  }

  @Override
  public void ok() {
    out.writeBytes(OK);
  }

  @Override
  public void pong() {
    out.writeBytes(PONG);
  }

  @Override
  public void simpleString(String text) {
    writeLine('+', text, text.length());
  }

  @Override
  public void error(String codeAndMessage) {
    int end = codeAndMessage.length();
    while (end > 0 && isLineEnd(codeAndMessage.charAt(end - 1))) {
      end--;
    }
    writeLine('-', codeAndMessage, end);
  }

  @Override
  public void integer(long value) {
    writeNumber(':', value);
  }

  @Override
  public void bulk(byte[] bytes) {
    bulk(bytes, 0, bytes.length);
  }

  @Override
  public void bulk(byte[] bytes, int offset, int length) {
    if (length >= SHORT || offset + length > bytes.length - Long.BYTES || !hasRoomFor(length)) {
      bulkHeader(length);
      out.writeBytes(bytes, offset, length);
      out.writeShort(CRLF);
      return;
    }
    long to = shortHeader(length);
    for (int i = 0; i < length; i += Long.BYTES) {
      ALL_MEMORY.set(EIGHT, to + i, (long) EIGHT_OF_ARRAY.get(bytes, offset + i));
    }
    endShort(to, length);
  }

  @Override
  public void bulk(ByteBuf bytes, int offset, int length) {
    bulkHeader(length);
    out.writeBytes(bytes, offset, length);
    out.writeShort(CRLF);
  }

  @Override
  public void bulk(MemorySegment bytes, long offset, int length) {
    if (length >= SHORT || offset + length > bytes.byteSize() - Long.BYTES || !hasRoomFor(length)) {
      beginBulk(length);
      piece(bytes, offset, length);
      endBulk();
      return;
    }
    long to = shortHeader(length);
    for (int i = 0; i < length; i += Long.BYTES) {
      ALL_MEMORY.set(EIGHT, to + i, bytes.get(EIGHT, offset + i));
    }
    endShort(to, length);
  }

  /** Makes room for a short string; whether it can be written by the buffer's address. */
  private boolean hasRoomFor(int length) {
    makeRoom(length + MAX_LINE_LENGTH + 2);
    return out.hasMemoryAddress();
  }

  /** Writes a short string's header; returns the address after it. */
  private long shortHeader(int length) {
    long at = out.memoryAddress() + out.writerIndex();
    ALL_MEMORY.set(LINE, at, ((long) '$' << 56) | SMALL_LINES[length]);
    return at + shortHeaderLength(length);
  }

  private static int shortHeaderLength(int length) {
    return length < 10 ? 4 : 5;
  }

  /** After a short string's bytes. */
  private void endShort(long to, int length) {
    ALL_MEMORY.set(TWO, to + length, (short) CRLF);
    out.writerIndex(out.writerIndex() + shortHeaderLength(length) + length + 2);
  }

  @Override
  public void beginBulk(int length) {
    bulkHeader(length);
  }

  @Override
  public void zeros(int length) {
    out.writeZero(length);
  }

  @Override
  public void endBulk() {
    out.writeShort(CRLF);
  }

  @Override
  public void piece(MemorySegment bytes, long offset, int length) {
    int at = out.writerIndex();
    if (out.hasMemoryAddress()) {
      // The header has made room, so that the copy stays within the buffer.
      MemorySegment.copy(bytes, offset, ALL_MEMORY, out.memoryAddress() + at, length);
    } else {
      ByteBuffer view = out.internalNioBuffer(at, length);
      MemorySegment.copy(bytes, offset, MemorySegment.ofBuffer(view), 0, length);
    }
    out.writerIndex(at + length);
  }

  @Override
  public void bulk(String text) {
    int length = ByteBufUtil.utf8Bytes(text);
    bulkHeader(length);
    ByteBufUtil.reserveAndWriteUtf8(out, text, length);
    out.writeShort(CRLF);
  }

  @Override
  public void bulk(long value) {
    int first = DecimalLong.write(value, line, line.length);
    bulk(line, first, line.length - first);
  }

  @Override
  public void bulk(double value) {
    bulk(DoubleFormat.format(value));
  }

  @Override
  public void nullBulk() {
    out.writeBytes(version == ProtocolVersion.RESP2 ? NULL_BULK : NULL);
  }

  @Override
  public void nullArray() {
    out.writeBytes(version == ProtocolVersion.RESP2 ? NULL_ARRAY : NULL);
  }

  @Override
  public void arrayHeader(int count) {
    writeNumber('*', count);
  }

  @Override
  public void mapHeader(int pairs) {
    writeNumber(resp3Or('%'), inMap(pairs));
  }

  @Override
  public void setHeader(int count) {
    writeNumber(resp3Or('~'), count);
  }

  @Override
  public void pushHeader(int count) {
    writeNumber(resp3Or('>'), count);
  }

  @Override
  public void attributeHeader(int pairs) {
    if (version == ProtocolVersion.RESP2) {
      throw new IllegalStateException("RESP2 has no attributes");
    }
    writeNumber('|', pairs);
  }

  /** Returns the type of an aggregate that RESP2 gives as an array. */
  private char resp3Or(char type) {
    return version == ProtocolVersion.RESP2 ? '*' : type;
  }

  /** Returns what a map of so many pairs announces. */
  private long inMap(int pairs) {
    return version == ProtocolVersion.RESP2 ? 2L * pairs : pairs;
  }

  @Override
  public boolean leavesAtOnce() {
    return outlet != null && outlet.takes();
  }

  @Override
  public int beginDeferred() {
    int begun = out.writerIndex();
    deferred++;
    out.writeInt(NO_HEADER);
    return begun;
  }

  @Override
  public void endArray(int begun, int count) {
    endDeferred(begun, '*', count);
  }

  @Override
  public void endMap(int begun, int pairs) {
    endDeferred(begun, resp3Or('%'), inMap(pairs));
  }

  @Override
  public void endSet(int begun, int count) {
    endDeferred(begun, resp3Or('~'), count);
  }

  @Override
  public void endPush(int begun, int count) {
    endDeferred(begun, resp3Or('>'), count);
  }

  /**
   * Puts a header where room was left for one of a single digit, and moves the values if need be.
   */
  private void endDeferred(int begun, char type, long count) {
    if (out.getInt(begun) != NO_HEADER) {
      throw new IllegalStateException("nothing was begun at " + begun + " that hasn't ended");
    }
    int first = line(type, count);
    int more = line.length - first - Integer.BYTES;
    if (more > 0) {
      makeRoom(more);
      int end = out.writerIndex();
      int values = begun + Integer.BYTES;
      out.writerIndex(end + more);
      move(values, end - values, values + more);
    }
    out.setBytes(begun, line, first, line.length - first);
    deferred--;
  }

  /** Moves bytes of the buffer within it; the two places may overlap. */
  private void move(int from, int length, int to) {
    if (out.hasMemoryAddress()) {
      long memory = out.memoryAddress();
      MemorySegment.copy(ALL_MEMORY, memory + from, ALL_MEMORY, memory + to, length);
    } else {
      System.arraycopy(
          out.array(), out.arrayOffset() + from, out.array(), out.arrayOffset() + to, length);
    }
  }

  // Marks

  /**
   * Returns a mark to which what is written from now on can be {@linkplain #rollBack taken back}.
   */
  public int mark() {
    return out.writerIndex();
  }

  /** Takes back all that was written since the mark. */
  public void rollBack(int mark) {
    out.writerIndex(mark);
  }

  @Override
  public void doubleValue(double value) {
    bulkOrLine(',', DoubleFormat.format(value));
  }

  @Override
  public void plainDouble(double value) {
    bulkOrLine(',', DoubleFormat.formatPlainly(value));
  }

  @Override
  public void booleanValue(boolean value) {
    if (version == ProtocolVersion.RESP2) {
      integer(value ? 1 : 0);
    } else {
      out.writeBytes(value ? TRUE : FALSE);
    }
  }

  @Override
  public void bigNumber(BigInteger value) {
    bulkOrLine('(', value.toString());
  }

  @Override
  public void bigNumber(String text) {
    if (version == ProtocolVersion.RESP2) {
      bulk(text.getBytes(StandardCharsets.ISO_8859_1));
    } else {
      writeLine('(', text, text.length());
    }
  }

  @Override
  public void verbatim(String format, byte[] text) {
    if (version == ProtocolVersion.RESP2) {
      bulk(text);
      return;
    }
    String letters = (format + "   ").substring(0, VERBATIM_TEXT.length() - 1) + ":";
    makeRoom(Math.addExact(text.length, MAX_LINE_LENGTH + 2));
    writeNumber('=', letters.length() + (long) text.length);
    out.writeBytes(letters.getBytes(StandardCharsets.ISO_8859_1));
    out.writeBytes(text);
    out.writeShort(CRLF);
  }

  @Override
  public void verbatim(String text) {
    if (version == ProtocolVersion.RESP2) {
      bulk(text);
      return;
    }
    int length = ByteBufUtil.utf8Bytes(text);
    writeNumber('=', VERBATIM_TEXT.length() + (long) length);
    ByteBufUtil.writeAscii(out, VERBATIM_TEXT);
    ByteBufUtil.reserveAndWriteUtf8(out, text, length);
    out.writeShort(CRLF);
  }

  /** Writes what RESP3 has a type for and RESP2 gives as a string. */
  private void bulkOrLine(char type, String text) {
    if (version == ProtocolVersion.RESP2) {
      bulk(text);
    } else {
      writeLine(type, text, text.length());
    }
  }

  /** Writes a string's header and makes room for all of it at once. */
  private void bulkHeader(int length) {
    makeRoom(Math.addExact(length, MAX_LINE_LENGTH + 2));
    writeNumber('$', length);
  }

  private void makeRoom(int needed) {
    if (needed > out.writableBytes()) {
      if (outlet != null && out.writerIndex() + (long) needed >= LARGE_BUFFER) {
        out = outlet.next(out, needed, deferred > 0);
      }
      grow(needed);
    }
  }

  private void grow(int needed) {
    long grown = out.writerIndex() + (long) needed;
    if (grown > out.capacity() && grown >= LARGE_BUFFER) {
      int least = (int) Math.min(grown, Integer.MAX_VALUE);
      int capacity = out.alloc().calculateNewCapacity(least, Integer.MAX_VALUE);
      growth.grow(out.writerIndex(), capacity);
    }
    out.ensureWritable(needed);
  }

  private void writeNumber(char type, long value) {
    if (value >= 0 && value < SMALL_NUMBERS) {
      int digits = value < 10 ? 1 : value < 100 ? 2 : value < 1000 ? 3 : 4;
      int at = out.writerIndex();
      out.writeLong(((long) type << 56) | SMALL_LINES[(int) value]);
      out.writerIndex(at + 1 + digits + 2);
      return;
    }
    int first = line(type, value);
    out.writeBytes(line, first, line.length - first);
  }

  /** Puts a number's line at the end of {@link #line}, and returns where it begins. */
  private int line(char type, long value) {
    int end = line.length;
    line[--end] = '\n';
    line[--end] = '\r';
    int first = DecimalLong.write(value, line, end) - 1;
    line[first] = (byte) type;
    return first;
  }

  private void writeLine(char type, String text, int length) {
    out.ensureWritable(length + 3);
    out.writeByte(type);
    for (int i = 0; i < length; i++) {
      char next = text.charAt(i);
      out.writeByte(isLineEnd(next) ? ' ' : next);
    }
    out.writeShort(CRLF);
  }

  private static boolean isLineEnd(char c) {
    return c == '\r' || c == '\n';
  }

  private static long[] smallLines() {
    long[] lines = new long[SMALL_NUMBERS];
    for (int number = 0; number < SMALL_NUMBERS; number++) {
      byte[] tail = ascii(number + "\r\n");
      for (int i = 0; i < tail.length; i++) {
        lines[number] |= (long) tail[i] << ((Long.BYTES - 2 - i) * Byte.SIZE);
      }
    }
    return lines;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
