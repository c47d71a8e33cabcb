package dev.varve.server.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * What the control groups that this process is in allow it: a group's limit binds all groups below
 * it, so that the least on the way up counts. Knows both versions of Linux's control groups.
 */
final class ControlGroups {
  private static final String VERSION_2 = "cgroup2";
  private static final String VERSION_1 = "cgroup";

  private ControlGroups() {}

  /**
   * Where a hierarchy of groups is mounted.
   *
   * @param top the group that {@code point} shows, which is another than the topmost one where a
   *     container sees a part of the hierarchy only
   * @param file that has a group's limit
   */
  private record Mount(String type, String top, Path point, String file) {}

  /** Returns the limit in bytes; the largest number there is if there is none. */
  static long memoryLimit(Path root) {
    List<String> groups = lines(root.resolve("proc/self/cgroup"));
    long limit = Long.MAX_VALUE;
    for (Mount mount : mounts(root)) {
      limit = Math.min(limit, limit(mount, group(groups, mount.type)));
    }
    return limit;
  }

  /** Returns the hierarchies that limit memory: as they are mounted, and where they usually are. */
  private static List<Mount> mounts(Path root) {
    Stream<Mount> found =
        lines(root.resolve("proc/self/mountinfo")).stream()
            .map(line -> mount(root, line))
            .filter(mount -> mount != null);
    Stream<Mount> usual =
        Stream.of(
            version2("/", root.resolve("sys/fs/cgroup")),
            version1("/", root.resolve("sys/fs/cgroup/memory")));
    return Stream.concat(found, usual).distinct().toList();
  }

  private static Mount version2(String top, Path point) {
    return new Mount(VERSION_2, top, point, "memory.max");
  }

  private static Mount version1(String top, Path point) {
    return new Mount(VERSION_1, top, point, "memory.limit_in_bytes");
  }

  /**
   * Reads a line such as {@code 30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2
   * rw}; null if it isn't of such a hierarchy.
   */
  private static Mount mount(Path root, String line) {
    int end = line.indexOf(" - ");
    if (end < 0) {
      return null;
    }
    String[] before = line.substring(0, end).split(" ", -1);
    String[] after = line.substring(end + 3).split(" ", -1);
    if (before.length < 5 || after.length < 3) {
      return null;
    }
    Path point = root.resolve(unescaped(before[4]).substring(1));
    if (after[0].equals(VERSION_2)) {
      return version2(unescaped(before[3]), point);
    }
    boolean ofMemory = List.of(after[2].split(",", -1)).contains("memory");
    return after[0].equals(VERSION_1) && ofMemory ? version1(unescaped(before[3]), point) : null;
  }

  /** Returns a path of mountinfo, where a blank, for one, is {@code \040}. */
  private static String unescaped(String path) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < path.length(); i++) {
      if (path.startsWith("\\", i) && path.substring(i + 1).matches("(?s)[0-7]{3}.*")) {
        text.append((char) Integer.parseInt(path.substring(i + 1, i + 4), 8));
        i += 3;
      } else {
        text.append(path.charAt(i));
      }
    }
    return text.toString();
  }

  /** Returns the process's group in the hierarchy of a version. */
  private static String group(List<String> groups, String type) {
    for (String line : groups) {
      String[] parts = line.split(":", 3);
      if (parts.length == 3) {
        boolean version2 = parts[0].equals("0") && parts[1].isEmpty();
        boolean ofMemory = List.of(parts[1].split(",", -1)).contains("memory");
        if (type.equals(VERSION_2) ? version2 : ofMemory) {
          return parts[2];
        }
      }
    }
    return "/";
  }

  /** Returns the least limit from a group up to the one that is mounted. */
  private static long limit(Mount mount, String group) {
    Path at = mount.point.resolve(below(mount.top, group)).normalize();
    // A group outside of what is mounted can't be seen: what is mounted has to do.
    if (!at.startsWith(mount.point)) {
      at = mount.point;
    }
    long limit = Long.MAX_VALUE;
    while (at != null && at.startsWith(mount.point)) {
      limit = Math.min(limit, number(at.resolve(mount.file)));
      at = at.getParent();
    }
    return limit;
  }

  private static String below(String top, String group) {
    String rest = group;
    if (!top.equals("/") && (group.equals(top) || group.startsWith(top + "/"))) {
      rest = group.substring(top.length());
    }
    return rest.startsWith("/") ? rest.substring(1) : rest;
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      return List.of();
    }
  }

  /**
   * Returns the number in a file; the largest there is if the file is missing or has none: where
   * there is no limit, version 2 says "max", and version 1 a huge number.
   */
  private static long number(Path file) {
    try {
      return Long.parseLong(Files.readString(file).strip());
    } catch (IOException | NumberFormatException e) {
      return Long.MAX_VALUE;
    }
  }
}
