package dev.varve.protocol;

import io.netty.buffer.ByteBuf;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A client's side of the protocol: takes replies off a cumulating buffer, and refuses whatever
 * isn't exactly RESP of its version. For clients of our own and for tests; it favours being strict
 * and small over being fast. Attributes, which no server sends unasked, aren't known.
 *
 * <p>Values of an aggregate are taken as they arrive. Not thread-safe.
 */
public final class ReplyDecoder {
  private static final int MAX_DEPTH = 128;
  private static final Pattern DOUBLE = Pattern.compile("-?\\d+(\\.\\d+)?([eE][-+]?\\d+)?");
  private static final Pattern BIG_NUMBER = Pattern.compile("[-+]?\\d+");
  private static final String RESP2_TYPES = "+-:$*";
  private static final String RESP3_TYPES = "+-:$*_,#(=%~>";

  /** Aggregates begun and not ended, the innermost first. */
  private final Deque<Aggregate> open = new ArrayDeque<>();

  private ProtocolVersion version;

  /** Makes a decoder of the replies of a new connection. */
  public ReplyDecoder(ProtocolVersion version) {
    this.version = version;
  }

  /** Sets the version from the next value on, as {@code HELLO} does. */
  public void version(ProtocolVersion version) {
    this.version = version;
  }

  /**
   * Takes the next reply off {@code in}.
   *
   * @return the reply, or null if more bytes are needed
   * @throws ProtocolException if this is no RESP; nothing can be decoded afterwards
   */
  public Reply decode(ByteBuf in) {
    while (true) {
      int lineFeed = in.indexOf(in.readerIndex(), in.writerIndex(), (byte) '\n');
      if (lineFeed < 0) {
        return null;
      }
      String line = line(in, lineFeed);
      int bodyLength = bodyLength(line);
      int body = lineFeed + 1;
      long end = bodyLength < 0 ? body : (long) body + bodyLength + 2;
      if (end > in.writerIndex()) {
        return null;
      }
      Reply value = bodyLength < 0 ? value(line) : string(line, in, body, bodyLength);
      in.readerIndex((int) end);
      while (value != null && !open.isEmpty()) {
        Aggregate innermost = open.element();
        innermost.values.add(value);
        value = innermost.isComplete() ? open.remove().value() : null;
      }
      if (value != null) {
        return value;
      }
    }
  }

  private String line(ByteBuf in, int lineFeed) {
    int start = in.readerIndex();
    String line = in.toString(start, lineFeed + 1 - start, StandardCharsets.ISO_8859_1);
    String types = version == ProtocolVersion.RESP2 ? RESP2_TYPES : RESP3_TYPES;
    if (line.indexOf('\r') != line.length() - 2 || types.indexOf(line.charAt(0)) < 0) {
      throw new ProtocolException("no line of " + version + ": " + line);
    }
    return line.substring(0, line.length() - 2);
  }

  /** Returns the length of the string that follows the line, or -1 if none does. */
  private int bodyLength(String line) {
    char type = line.charAt(0);
    boolean hasBody = type == '=' || (type == '$' && !isResp2Null(line));
    return hasBody ? length(line) : -1;
  }

  /** Returns a line's value, or null if it begins an aggregate whose values are still to come. */
  private Reply value(String line) {
    String text = line.substring(1);
    return switch (line.charAt(0)) {
      case '+' -> new Reply.SimpleString(text);
      case '-' -> new Reply.SimpleError(text);
      case ':' -> new Reply.IntegerValue(number(line));
      case '$' -> Reply.Null.BULK;
      case '_' -> matching(line, text.isEmpty(), Reply.Null.NULL);
      case ',' -> new Reply.DoubleValue(doubleValue(line));
      case '#' ->
          matching(
              line, text.equals("t") || text.equals("f"), new Reply.BooleanValue(text.equals("t")));
      case '(' -> bigNumber(line);
      default -> isResp2Null(line) ? Reply.Null.ARRAY : begin(line.charAt(0), length(line));
    };
  }

  private Reply begin(char type, int announced) {
    Aggregate aggregate = new Aggregate(type, type == '%' ? 2L * announced : announced);
    if (aggregate.isComplete()) {
      return aggregate.value();
    }
    if (open.size() == MAX_DEPTH) {
      throw new ProtocolException("aggregates nested too deeply");
    }
    open.push(aggregate);
    return null;
  }

  private static Reply string(String line, ByteBuf in, int body, int length) {
    if (in.getShort(body + length) != 0x0D0A) {
      throw new ProtocolException("string goes on where it should end: " + line);
    }
    String text = in.toString(body, length, StandardCharsets.ISO_8859_1);
    if (line.charAt(0) == '$') {
      return new Reply.BulkString(text);
    }
    if (length < 4 || text.charAt(3) != ':') {
      throw new ProtocolException("verbatim string without format");
    }
    return new Reply.VerbatimString(text.substring(0, 3), text.substring(4));
  }

  private boolean isResp2Null(String line) {
    return version == ProtocolVersion.RESP2 && (line.equals("$-1") || line.equals("*-1"));
  }

  private static int length(String line) {
    long length = number(line);
    // Room is left for the line end after a string, and for the pairs of a map.
    if (length < 0 || length > Integer.MAX_VALUE - 2) {
      throw new ProtocolException("invalid length: " + line);
    }
    return (int) length;
  }

  private static long number(String line) {
    byte[] text = line.getBytes(StandardCharsets.ISO_8859_1);
    if (!DecimalLong.isLong(text, 1, text.length - 1)) {
      throw new ProtocolException("invalid number: " + line);
    }
    return DecimalLong.parse(text, 1, text.length - 1);
  }

  private static double doubleValue(String line) {
    String text = line.substring(1);
    return switch (text) {
      case "inf" -> Double.POSITIVE_INFINITY;
      case "-inf" -> Double.NEGATIVE_INFINITY;
      case "nan" -> Double.NaN;
      default -> Double.parseDouble(matching(line, DOUBLE.matcher(text).matches(), text));
    };
  }

  private static Reply bigNumber(String line) {
    String text = line.substring(1);
    return new Reply.BigNumber(
        new BigInteger(matching(line, BIG_NUMBER.matcher(text).matches(), text)));
  }

  private static <T> T matching(String line, boolean valid, T value) {
    if (!valid) {
      throw new ProtocolException("invalid value: " + line);
    }
    return value;
  }

  /** An aggregate and those of its values that have arrived. */
  private static final class Aggregate {
    private final char type;
    private final long count;
    private final List<Reply> values = new ArrayList<>();

    Aggregate(char type, long count) {
      this.type = type;
      this.count = count;
    }

    boolean isComplete() {
      return values.size() == count;
    }

    Reply value() {
      return switch (type) {
        case '%' -> new Reply.MapValue(Collections.unmodifiableMap(pairs()));
        case '~' -> new Reply.SetValue(Collections.unmodifiableSet(distinct()));
        case '>' -> new Reply.Push(Collections.unmodifiableList(values));
        default -> new Reply.Array(Collections.unmodifiableList(values));
      };
    }

    private Map<Reply, Reply> pairs() {
      Map<Reply, Reply> pairs = new LinkedHashMap<>();
      for (int i = 0; i < values.size(); i += 2) {
        if (pairs.put(values.get(i), values.get(i + 1)) != null) {
          throw new ProtocolException("key twice in a map: " + values.get(i));
        }
      }
      return pairs;
    }

    private Set<Reply> distinct() {
      Set<Reply> distinct = new LinkedHashSet<>(values);
      if (distinct.size() < values.size()) {
        throw new ProtocolException("value twice in a set");
      }
      return distinct;
    }
  }
}
