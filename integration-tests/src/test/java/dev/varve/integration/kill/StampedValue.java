package dev.varve.integration.kill;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

/**
 * Values that say what they are: {@code <key>|<version>|<length>|<crc32c>|}, and letters up to that
 * length. The checksum is that of all but itself.
 */
public final class StampedValue {

  private static final Pattern HEADER =
      Pattern.compile("([a-z0-9:]+)\\|(\\d+)\\|(\\d+)\\|([0-9a-f]{8})\\|");
  private static final int LONGEST_HEADER = 128;

  private StampedValue() {}

  /** The value of that version, which is the only one of that version. */
  static byte[] of(String key, long version, int length) {
    StringBuilder filler = new StringBuilder(length);
    SplittableRandom random = new SplittableRandom(version ^ key.hashCode());
    for (int i = 0; i < length; i += 8) {
      // Half of it repeats, so that compression has something to do.
      filler.append((i & 8) == 0 ? "layers, " : Long.toString(random.nextLong() >>> 24, 36));
    }
    filler.setLength(length);
    byte[] letters = filler.toString().getBytes(StandardCharsets.US_ASCII);
    String stamp = key + "|" + version + "|" + length + "|";
    String text = stamp + String.format(Locale.ROOT, "%08x|", sum(stamp, letters, 0)) + filler;
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * The version of a value that was read.
   *
   * @throws AssertionError if it isn't whole, or is another key's
   */
  public static long versionIn(String key, byte[] value) {
    int limit = Math.min(value.length, LONGEST_HEADER);
    String head = new String(value, 0, limit, StandardCharsets.ISO_8859_1);
    Matcher header = HEADER.matcher(head);
    if (!header.lookingAt()) {
      throw new AssertionError(key + " has a value that nobody wrote: " + head);
    }
    String stamp = head.substring(0, header.start(4));
    int sum = sum(stamp, value, header.end());
    boolean whole =
        header.group(1).equals(key)
            && Integer.parseInt(header.group(3)) == value.length - header.end()
            && Integer.parseUnsignedInt(header.group(4), 16) == sum;
    if (!whole) {
      throw new AssertionError(key + " has a damaged value: " + head);
    }
    return Long.parseLong(header.group(2));
  }

  private static int sum(String stamp, byte[] value, int from) {
    CRC32C crc = new CRC32C();
    crc.update(stamp.getBytes(StandardCharsets.US_ASCII));
    crc.update(value, from, value.length - from);
    return (int) crc.getValue();
  }
}
