package dev.varve.server.acl;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The file that users are kept in, a line for each. The chars of texts stand for bytes. */
final class UserFile {
  private final String name;
  private final Path path;

  /** What is wrong with it, as far as it was read. */
  private final StringBuilder errors = new StringBuilder();

  /**
   * Knows where it is.
   *
   * @param folder from where a relative name leads to it
   */
  UserFile(String name, Path folder) {
    this.name = name;
    this.path = folder.resolve(name).toAbsolutePath();
  }

  /**
   * Reads the users.
   *
   * @param known the commands
   * @param allChannels whether a selector begins with all channels
   * @return null if something is wrong, see {@link #errors}
   */
  Map<String, UserRules> read(KnownCommands known, boolean allChannels) {
    List<String> lines;
    try {
      String text = Files.readString(path, StandardCharsets.ISO_8859_1);
      lines = List.of(text.split("\n", -1));
    } catch (IOException e) {
      errors.append("Error loading ACLs, opening file '").append(name).append("': ");
      errors.append(reason(e));
      return null;
    }
    Map<String, UserRules> users = new LinkedHashMap<>();
    for (int i = 0; i < lines.size(); i++) {
      String line = trimmed(lines.get(i));
      if (!line.isEmpty()) {
        read(i + 1, List.of(line.split(" ", -1)), users, new UserRulesDraft(known, allChannels));
      }
    }
    if (errors.isEmpty()) {
      return users;
    }
    errors.append(
        "WARNING: ACL errors detected, no change to the previously active ACL rules was"
            + " performed");
    return null;
  }

  /** Without blanks at both ends. */
  private static String trimmed(String text) {
    int begin = 0;
    int end = text.length();
    while (begin < end && " \t\r\n".indexOf(text.charAt(begin)) >= 0) {
      begin++;
    }
    while (end > begin && " \t\r\n".indexOf(text.charAt(end - 1)) >= 0) {
      end--;
    }
    return text.substring(begin, end);
  }

  private void read(
      int number, List<String> words, Map<String, UserRules> users, UserRulesDraft draft) {
    String where = name + ":" + number;
    if (!words.getFirst().equals("user") || words.size() < 2) {
      errors.append(where).append(" should start with user keyword followed by the username. ");
      return;
    }
    String user = words.get(1);
    if (UserRules.hasBlanks(user)) {
      errors.append('\'').append(where).append(": username '").append(user);
      errors.append("' contains invalid characters. ");
      return;
    }
    if (users.containsKey(user)) {
      errors.append("WARNING: Duplicate user '").append(user).append("' found on line ");
      errors.append(number).append(". ");
      return;
    }
    RuleWords rules = RuleWords.of(words.subList(2, words.size()));
    if (rules.open() != null) {
      errors.append(where).append(": Unmatched parenthesis in selector definition.");
    }
    apply(where, rules.rules(), draft);
    users.put(user, draft.build());
  }

  private void apply(String where, List<String> rules, UserRulesDraft draft) {
    boolean told = false;
    for (String rule : rules) {
      String trimmed = trimmed(rule);
      try {
        draft.apply(trimmed);
      } catch (BadRuleException e) {
        if (e.isUnknownName()) {
          errors.append(where).append(": Error in applying operation '").append(trimmed);
          errors.append("': ").append(e.getMessage()).append(". ");
        } else if (!told) {
          // It may tell a password, and those after it may follow from it.
          errors.append(where).append(": ").append(e.getMessage()).append(". ");
          told = true;
        }
      }
    }
  }

  String errors() {
    return errors.toString();
  }

  /**
   * Replaces what it says. It has the old content or the new one, whatever happens.
   *
   * @throws IOException if it can't be written
   */
  void write(List<String> lines) throws IOException {
    Path target = Files.exists(path) ? path.toRealPath() : path;
    Path folder = target.getParent();
    Path draft = Files.createTempFile(folder, target.getFileName() + ".", ".tmp");
    try {
      try (FileChannel channel = FileChannel.open(draft, StandardOpenOption.WRITE)) {
        List<String> ended = new ArrayList<>(lines);
        ended.add("");
        String text = String.join("\n", ended);
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
        channel.force(true);
      }
      Files.setPosixFilePermissions(
          draft,
          Files.exists(target)
              ? Files.getPosixFilePermissions(target)
              : PosixFilePermissions.fromString("rw-------"));
      Files.move(draft, target, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(draft);
    }
    try (FileChannel entries = FileChannel.open(folder)) {
      entries.force(true);
    }
  }

  private static String reason(IOException e) {
    return switch (e) {
      case AccessDeniedException denied -> "Permission denied";
      case NoSuchFileException missing -> "No such file or directory";
      default -> String.valueOf(e.getMessage());
    };
  }
}
