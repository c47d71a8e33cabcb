package dev.varve.protocol;

import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A reply as a client sees it. Texts are strings of bytes, each a char (ISO 8859-1), so that any
 * bytes can be compared as they were sent. Immutable.
 */
public sealed interface Reply {

  /** A status, {@code +OK}. */
  record SimpleString(String text) implements Reply {}

  /** An error's code and message, {@code -ERR syntax error}. */
  record SimpleError(String text) implements Reply {}

  /** A whole number, {@code :1}. */
  record IntegerValue(long value) implements Reply {}

  /** A string, {@code $2 ab}. */
  record BulkString(String text) implements Reply {}

  /** No value; RESP2 has one in place of a string and one in place of an array. */
  enum Null implements Reply {
    /** RESP2's {@code $-1}. */
    BULK,
    /** RESP2's {@code *-1}. */
    ARRAY,
    /** RESP3's {@code _}. */
    NULL
  }

  /** Values in order, {@code *2}. */
  record Array(List<Reply> values) implements Reply {}

  /** Values by keys in the order sent, RESP3's {@code %1}. */
  record MapValue(Map<Reply, Reply> values) implements Reply {}

  /** Different values in the order sent, RESP3's {@code ~2}. */
  record SetValue(Set<Reply> values) implements Reply {}

  /** A message that answers no request, RESP3's {@code >2}. */
  record Push(List<Reply> values) implements Reply {}

  /** A floating-point number, RESP3's {@code ,1.5}. */
  record DoubleValue(double value) implements Reply {}

  /** A truth value, RESP3's {@code #t}. */
  record BooleanValue(boolean value) implements Reply {}

  /** A whole number of any size, RESP3's {@code (123}. */
  record BigNumber(BigInteger value) implements Reply {}

  /** A text and the three letters of its format, RESP3's {@code =7 txt:abc}. */
  record VerbatimString(String format, String text) implements Reply {}
}
