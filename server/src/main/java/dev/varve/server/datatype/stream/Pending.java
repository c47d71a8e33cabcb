package dev.varve.server.datatype.stream;

/**
 * An entry that was delivered and not acknowledged.
 *
 * <pre>
 * pending := consumer's number:varint | time:varint | deliveries:varint
 * </pre>
 *
 * @param consumer the number of who has it
 * @param millis when it was delivered last, by the clock of dates
 * @param deliveries how often it was
 */
public record Pending(StreamId id, int consumer, long millis, long deliveries) {
  static Pending load(StreamId id, Fields from) {
    int consumer = (int) from.number();
    long millis = from.number();
    return new Pending(id, consumer, millis, from.number());
  }

  Fields store(Fields to) {
    return to.begin().put(Integer.toUnsignedLong(consumer)).put(millis).put(deliveries);
  }
}
