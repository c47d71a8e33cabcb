package dev.varve.storage.engine;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.varve.storage.StorageException;
import dev.varve.storage.fs.FileErrors;
import dev.varve.storage.fs.FileSystem;
import dev.varve.storage.fs.HeldLock;
import dev.varve.storage.fs.ReadableFile;
import dev.varve.storage.fs.WritableFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.UUID;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

/**
 * The folder that a database lives in: its lock and its identity.
 *
 * <p>Two files are locked: {@code LOCK}, which is there before anything else, and the identity. So
 * who deletes the first, taking it for a remainder, lets nobody else in; and whoever has the folder
 * open can tell by the second that it is still the one at its path.
 *
 * <p>As long as a file {@code RESTORING} is there, a backup is being restored into it, or that was
 * broken off: nobody takes what is there for a database.
 *
 * <p>{@code IDENTITY} is one line of text, so that an operator can read it:
 *
 * <pre>
 * varve database 1 layout 1 4f0c8a52-… crc32c 89abcdef
 * </pre>
 *
 * The first number is the version of this file, the second says how keys are laid out; the checksum
 * is that of the line up to and without {@code " crc32c"}. It is written first of all files, and a
 * folder without it holds no database.
 */
final class DataDirectory implements AutoCloseable {
  static final int LAYOUT = 1;

  private static final int VERSION = 1;
  private static final String IDENTITY = "IDENTITY";
  private static final String LOCK = "LOCK";
  private static final String UNFILLED = "RESTORING";
  private static final String TEMPORARY = "IDENTITY.tmp";
  private static final int LONGEST = 256;
  private static final Pattern DATABASE_FILE =
      Pattern.compile("CURRENT|MANIFEST-\\d+|\\d+\\.(log|sst|blob)");

  private final FileSystem files;
  private final Path path;
  private final HeldLock lock;

  /** The lock on the identity; null while there is none. */
  private volatile HeldLock identityLock;

  /** What the identity says, as it may not be read once it is locked; null if there is none. */
  private String identityText;

  private IOException unreadable;

  private DataDirectory(FileSystem files, Path path, HeldLock lock) {
    this.files = files;
    this.path = path;
    this.lock = lock;
  }

  /** Makes the folder if it is missing, locks it, and checks or writes the identity. */
  static DataDirectory open(FileSystem files, Path path, RandomGenerator random) {
    try {
      files.createDirectories(path);
    } catch (IOException e) {
      throw FileErrors.wrap("opening the data directory " + path, e);
    }
    DataDirectory directory = lock(files, path);
    try {
      directory.checkFilled();
      directory.identify(random);
      return directory;
    } catch (IOException e) {
      directory.close();
      throw FileErrors.wrap("reading " + path.resolve(IDENTITY), e);
    } catch (RuntimeException | Error e) {
      directory.close();
      throw e;
    }
  }

  /** Locks a folder that is there, whatever is in it. */
  static DataDirectory lock(FileSystem files, Path path) {
    HeldLock lock;
    try {
      lock = files.tryLock(path.resolve(LOCK));
    } catch (IOException e) {
      throw FileErrors.wrap("opening the data directory " + path, e);
    }
    if (lock == null) {
      throw inUse(path);
    }
    DataDirectory directory = new DataDirectory(files, path, lock);
    try {
      directory.readIdentity();
      directory.lockIdentity();
      return directory;
    } catch (RuntimeException | Error e) {
      directory.close();
      throw e;
    }
  }

  private static StorageException.Locked inUse(Path path) {
    return new StorageException.Locked(
        "the data directory " + path + " is in use by another process");
  }

  private void readIdentity() {
    Path identity = path.resolve(IDENTITY);
    try {
      identityText = files.exists(identity) ? read(files, identity) : null;
    } catch (IOException e) {
      unreadable = e;
    }
  }

  private void lockIdentity() {
    Path identity = path.resolve(IDENTITY);
    if (!files.exists(identity)) {
      return;
    }
    try {
      identityLock = files.tryLock(identity);
    } catch (IOException e) {
      throw FileErrors.wrap("locking " + identity, e);
    }
    if (identityLock == null) {
      throw inUse(path);
    }
  }

  /**
   * Whether the folder, and what it holds, is still that which was opened. It isn't if somebody has
   * deleted, moved or replaced it: then another one may have a database there by now.
   */
  boolean isOwn() {
    HeldLock held = identityLock;
    return held != null && held.isInForce();
  }

  /** Whether a database was ever opened there, or is now. */
  static boolean wasOpened(FileSystem files, Path path) {
    return files.exists(path.resolve(LOCK));
  }

  /** The file that is there while a folder is being filled. */
  static Path unfilled(Path path) {
    return path.resolve(UNFILLED);
  }

  /**
   * Checks that nobody has broken off filling the folder.
   *
   * @throws StorageException.Corruption if somebody has
   */
  void checkFilled() {
    if (files.exists(unfilled(path))) {
      throw new StorageException.Corruption(
          unfilled(path).toString(),
          0,
          "no such file: \"varve restore\" into this folder was broken off, and has to be run"
              + " again");
    }
  }

  /** What tells the database from others; its identity has been checked. */
  String id() {
    return identityText.strip().split(" ", -1)[5];
  }

  /** Whether a file belongs to a database, by its name. */
  static boolean isOfDatabase(String name) {
    return name.equals(IDENTITY) || DATABASE_FILE.matcher(name).matches();
  }

  /** Whether there is any file of a database. */
  boolean holdsDatabase() {
    try {
      for (String name : files.list(path)) {
        if (isOfDatabase(name)) {
          return true;
        }
      }
      return false;
    } catch (IOException e) {
      throw FileErrors.wrap("reading " + path, e);
    }
  }

  /**
   * Checks the identity and changes nothing.
   *
   * @throws StorageException.Corruption if it is damaged or missing
   */
  void checkIdentity() {
    Path identity = path.resolve(IDENTITY);
    if (unreadable != null) {
      throw FileErrors.wrap("reading " + identity, unreadable);
    }
    if (identityText == null) {
      throw new StorageException.Corruption(
          identity.toString(), 0, "\"varve database …\", but the file is missing");
    }
    check(identity, identityText);
  }

  /** Where it is. */
  Path path() {
    return path;
  }

  /** Where the identity is. */
  Path identity() {
    return path.resolve(IDENTITY);
  }

  private void identify(RandomGenerator random) throws IOException {
    Path identity = path.resolve(IDENTITY);
    if (files.exists(identity)) {
      checkIdentity();
      // The sync after its making may have failed; nothing is to outlive it.
      files.syncDirectory(path);
      return;
    }
    for (String name : files.list(path)) {
      if (DATABASE_FILE.matcher(name).matches()) {
        throw new StorageException.Corruption(
            identity.toString(), 0, "the file is missing though " + name + " is there");
      }
    }
    writeIdentity(random);
  }

  /** Writes a new identity, durably, and locks it. */
  void writeIdentity(RandomGenerator random) throws IOException {
    UUID id = new UUID(random.nextLong(), random.nextLong());
    String line = "varve database " + VERSION + " layout " + LAYOUT + " " + id;
    String text = line + " crc32c " + checksum(line) + "\n";
    write(files, path, text);
    if (identityLock != null) {
      identityLock.close();
    }
    identityText = text;
    unreadable = null;
    lockIdentity();
  }

  /**
   * Makes what another folder holds the same database as this one: until then it is none. Durable,
   * as are the names of all that is there.
   */
  void copyIdentity(Path to) throws IOException {
    write(files, to, identityText);
  }

  static void write(FileSystem files, Path path, String text) throws IOException {
    Path temporary = path.resolve(TEMPORARY);
    if (files.exists(temporary)) {
      files.delete(temporary);
    }
    try (WritableFile file = files.create(temporary)) {
      file.write(ByteBuffer.wrap(text.getBytes(US_ASCII)), 0);
      file.sync();
    }
    files.rename(temporary, path.resolve(IDENTITY));
    files.syncDirectory(path);
  }

  /**
   * Deletes a folder with what it holds; the identity first, so that what is left on the way is no
   * database.
   */
  static void delete(FileSystem files, Path path) throws IOException {
    if (files.exists(path.resolve(IDENTITY))) {
      files.delete(path.resolve(IDENTITY));
      files.syncDirectory(path);
    }
    for (String name : files.list(path)) {
      files.delete(path.resolve(name));
    }
    files.delete(path);
  }

  static String read(FileSystem files, Path identity) throws IOException {
    try (ReadableFile file = files.openForRead(identity)) {
      ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(LONGEST, file.size()));
      file.read(bytes, 0);
      return new String(bytes.array(), US_ASCII);
    }
  }

  private static void check(Path identity, String text) {
    String[] words = text.strip().split(" ", -1);
    if (words.length != 8 || !words[0].equals("varve") || !words[1].equals("database")) {
      throw new StorageException.Corruption(
          identity.toString(), 0, "\"varve database …\" with a checksum");
    }
    String line = text.substring(0, Math.max(0, text.indexOf(" crc32c ")));
    if (!words[7].equals(checksum(line))) {
      throw new StorageException.Corruption(
          identity.toString(), line.length(), "checksum " + checksum(line));
    }
    int version = Integer.parseInt(words[2]);
    int layout = Integer.parseInt(words[4]);
    if (version > VERSION || layout > LAYOUT) {
      throw new StorageException.FormatTooNew(
          identity.toString(), Math.max(version, layout), Math.max(VERSION, LAYOUT));
    }
  }

  private static String checksum(String line) {
    CRC32C crc = new CRC32C();
    crc.update(line.getBytes(US_ASCII));
    return HexFormat.of().toHexDigits((int) crc.getValue());
  }

  /** Gives the locks back. */
  @Override
  public void close() {
    if (identityLock != null) {
      identityLock.close();
    }
    lock.close();
  }
}
