package dev.varve.server.transfer;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What Redis has written with {@code appendonly yes}: one file of commands, which may begin with a
 * file of RDB, or several that a manifest names:
 *
 * <pre>
 * file NAME seq NUMBER type b|i|h        the base, what came after it, and what is of no use any more
 * </pre>
 */
public final class AppendOnlyFiles {
  private static final String MANIFEST = ".manifest";
  private static final byte[] SNAPSHOT = "REDIS".getBytes(StandardCharsets.US_ASCII);
  private static final int BUFFER_BYTES = 128 << 10;

  private AppendOnlyFiles() {}

  /** What a file is. */
  public enum Kind {
    /** A snapshot, after which there may be commands. */
    SNAPSHOT,
    /** Commands. */
    COMMANDS
  }

  /**
   * Returns the files to load, in their order: the one that is given, those that it names if it is
   * a manifest, or those of the manifest that is in it if it is a folder.
   */
  public static List<Path> of(Path given) throws IOException {
    if (Files.isDirectory(given)) {
      return named(onlyManifest(given));
    }
    return given.toString().endsWith(MANIFEST) ? named(given) : List.of(given);
  }

  private static Path onlyManifest(Path folder) throws IOException {
    try (var files = Files.newDirectoryStream(folder, "*" + MANIFEST)) {
      List<Path> found = new ArrayList<>();
      files.forEach(found::add);
      if (found.size() != 1) {
        throw new IOException(found.size() + " manifests in " + folder + " where one should be");
      }
      return found.getFirst();
    }
  }

  private static List<Path> named(Path manifest) throws IOException {
    List<Path> files = new ArrayList<>();
    for (String line : Files.readAllLines(manifest)) {
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      List<String> words = Arrays.asList(line.strip().split("\\s+", -1));
      int name = words.indexOf("file") + 1;
      int type = words.indexOf("type") + 1;
      if (name != 1 || type == 0 || type == words.size()) {
        throw new IOException(manifest + ": \"" + line + "\" names no file");
      }
      if (!words.get(type).equals("h")) {
        files.add(manifest.resolveSibling(words.get(name).replace("\"", "")));
      }
    }
    return files;
  }

  /** Returns what a file is, by its first bytes. */
  public static Kind kind(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] first = in.readNBytes(SNAPSHOT.length);
      boolean commands = first.length == 0 || first[0] == '*' || first[0] == '#';
      return commands ? Kind.COMMANDS : Kind.SNAPSHOT;
    }
  }

  /**
   * What was loaded of a file of commands.
   *
   * @param commands how many
   * @param bytes how many those had
   * @param torn whether the file ends in the middle of one, or of a transaction, which was left out
   */
  public record Result(long commands, long bytes, boolean torn) {}

  /**
   * Loads commands, up to the end.
   *
   * @param listener is told, after each, how many there were, and how many bytes
   * @throws RefusedException if the server refuses one
   * @throws IOException if there is something else than commands
   */
  public static Result load(InputStream in, Link target, Listener listener) throws IOException {
    CommandInput commands = new CommandInput(new BufferedInputStream(in, BUFFER_BYTES));
    Pipeline pipeline = new Pipeline(target);
    boolean torn = false;
    boolean transaction = false;
    long count = 0;
    try {
      while (commands.next()) {
        transaction = isWithin(transaction, commands.word(0));
        pipeline.forward(commands);
        count++;
        listener.loaded(count, commands.position());
      }
    } catch (EOFException _) {
      torn = true;
    }
    pipeline.finish();
    if (transaction) {
      target.call("DISCARD");
    }
    return new Result(count, commands.position(), torn || transaction);
  }

  private static boolean isWithin(boolean transaction, String command) {
    return switch (command) {
      case "MULTI" -> true;
      case "EXEC", "DISCARD" -> false;
      default -> transaction;
    };
  }

  /** Is told how far it has come. */
  @FunctionalInterface
  public interface Listener {
    /** So many commands, of so many bytes, were read. */
    void loaded(long commands, long bytes);
  }
}
