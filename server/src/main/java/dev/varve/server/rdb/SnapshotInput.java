package dev.varve.server.rdb;

import java.io.InputStream;
import java.util.concurrent.TimeUnit;

/**
 * Reads a file of RDB, of a version from 2 to 12, as it comes. No more is kept than one element of
 * a collection, or one that Redis keeps in one string. Not thread-safe.
 */
public final class SnapshotInput {
  private static final String MAGIC = "REDIS";
  private static final int VERSION_DIGITS = 4;
  private static final int OLDEST_VERSION = 2;

  /** The first with a checksum after its end. */
  private static final int CHECKED_VERSION = 5;

  private final RdbInput in;
  private final RdbString key = new RdbString();
  private final RdbString content = new RdbString();
  private long date = ValueVisitor.NO_DEADLINE;

  /** Makes one of a stream that the file begins in. */
  public SnapshotInput(InputStream source) {
    in = new RdbInput(source);
  }

  /** Returns how many bytes were read. */
  public long position() {
    return in.position();
  }

  /**
   * Passes so many bytes that follow the file.
   *
   * @throws BadFormatException if there aren't as many
   */
  public void skip(int count) {
    in.skip(count);
  }

  /** Returns what was read of the stream beyond the file, once. */
  public byte[] rest() {
    return in.rest();
  }

  /**
   * Reads the file.
   *
   * @throws BadFormatException if it is none, is damaged, or has something in it that isn't read:
   *     what was visited until then may stand
   * @throws java.io.UncheckedIOException if reading fails
   */
  public void read(SnapshotVisitor visitor) {
    int version = version();
    SnapshotValue value = new SnapshotValue(in, version);
    for (int next = in.u8(); next != RdbOpcode.END; next = in.u8()) {
      if (next < RdbOpcode.SLOT) {
        entry(next, value, visitor);
      } else {
        opcode(next, visitor);
      }
    }
    if (version >= CHECKED_VERSION) {
      long sum = in.sum();
      long told = in.i64();
      if (told != 0 && told != sum) {
        throw new BadFormatException("the checksum is another: the file is damaged");
      }
    }
  }

  private int version() {
    in.slice(MAGIC.length() + VERSION_DIGITS, content);
    String magic = content.text();
    if (!magic.startsWith(MAGIC) || !magic.substring(MAGIC.length()).matches("[0-9]+")) {
      throw new BadFormatException("this is no RDB file of Redis");
    }
    int version = Integer.parseInt(magic.substring(MAGIC.length()));
    if (version < OLDEST_VERSION || version > Footer.NEWEST_VERSION) {
      throw new BadFormatException(
          "RDB version "
              + version
              + " isn't read, but "
              + OLDEST_VERSION
              + " to "
              + Footer.NEWEST_VERSION);
    }
    return version;
  }

  private void entry(int type, SnapshotValue value, SnapshotVisitor visitor) {
    in.string(key);
    value.begin(type);
    try {
      visitor.entry(key, date, value);
      if (!value.isTaken()) {
        value.read(IgnoredValue.INSTANCE);
      }
    } catch (BadFormatException e) {
      throw new BadFormatException(
          "key \"" + key.text() + "\" (type " + type + "): " + e.getMessage());
    }
    date = ValueVisitor.NO_DEADLINE;
  }

  private void opcode(int opcode, SnapshotVisitor visitor) {
    switch (opcode) {
      case RdbOpcode.DATABASE -> visitor.database((int) Math.min(in.length(), Integer.MAX_VALUE));
      case RdbOpcode.SIZES -> {
        in.length();
        in.length();
      }
      case RdbOpcode.DEADLINE_MILLIS -> date = in.i64();
      case RdbOpcode.DEADLINE_SECONDS -> date = TimeUnit.SECONDS.toMillis(in.i32());
      case RdbOpcode.FUNCTION -> {
        in.string(content);
        visitor.library(content);
      }
      case RdbOpcode.IDLE -> in.length();
      case RdbOpcode.FREQUENCY -> in.u8();
      case RdbOpcode.ABOUT -> {
        in.string(content);
        in.string(content);
      }
      case RdbOpcode.SLOT -> {
        in.length();
        in.length();
        in.length();
      }
      case RdbOpcode.MODULE -> {
        in.unsigned();
        ModuleData.pass(in);
      }
      case RdbOpcode.FUNCTION_BEFORE_RELEASE ->
          throw new BadFormatException(
              "functions as the release candidates of Redis 7.0 wrote them aren't read");
      default -> throw new BadFormatException("an opcode that is none: " + opcode);
    }
  }
}
