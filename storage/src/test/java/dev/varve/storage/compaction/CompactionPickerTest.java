package dev.varve.storage.compaction;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.varve.storage.CompactionStyle;
import dev.varve.storage.StorageOptions;
import dev.varve.storage.UniversalCompaction;
import dev.varve.storage.base.BlobUse;
import dev.varve.storage.base.RangeTombstone;
import dev.varve.storage.base.RangeTombstoneIndex;
import dev.varve.storage.base.Snapshots;
import dev.varve.storage.blob.BlobMeta;
import dev.varve.storage.compaction.CompactionPlan.Input;
import dev.varve.storage.compaction.CompactionPlan.Kind;
import dev.varve.storage.manifest.Levels;
import dev.varve.storage.manifest.TableMeta;
import dev.varve.storage.manifest.VersionEdit;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Runs drawings; {@code leveled-picker.txt} says how they are to be read. */
class CompactionPickerTest {
  private static final Pattern TABLE =
      Pattern.compile(
          "(\\d+):(\\w+)-(\\w+)@(\\d+)(?:#(\\d+)\\.\\.(\\d+))?(?:,t(\\d+))?(?:,b(\\d+))?(?:,r(\\d+))?((?:,v\\d+:\\d+)*)");
  private static final Pattern USE = Pattern.compile(",v(\\d+):(\\d+)");
  private static final Pattern BLOB = Pattern.compile("(\\d+)@(\\d+)");
  private static final Pattern TOMBSTONE = Pattern.compile("(\\w+)-(\\w+)#(\\d+)");
  private static final Pattern INPUTS = Pattern.compile("L(\\d)\\[([\\d ]+)]");
  private static final int KIB = 1024;

  private StorageOptions options = StorageOptions.DEFAULT;
  private Levels levels = Levels.EMPTY;
  private final List<RangeTombstone> tombstones = new ArrayList<>();
  private final Map<Long, BlobMeta> blobs = new HashMap<>();
  private final List<CompactionPlan> running = new ArrayList<>();
  private Snapshots snapshots = Snapshots.NEWEST_ONLY;

  @TestFactory
  Stream<DynamicTest> leveled() throws IOException {
    return run("leveled-picker.txt");
  }

  @TestFactory
  Stream<DynamicTest> universal() throws IOException {
    return run("universal-picker.txt");
  }

  private Stream<DynamicTest> run(String drawings) throws IOException {
    List<String> lines;
    try (InputStream in = getClass().getResourceAsStream(drawings)) {
      lines = new String(in.readAllBytes(), UTF_8).lines().toList();
    }
    List<DynamicTest> tests = new ArrayList<>();
    String found = "";
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      if (line.startsWith("=> ")) {
        String shown = "=> " + found;
        tests.add(DynamicTest.dynamicTest("line " + (i + 1), () -> assertEquals(line, shown)));
      } else if (line.equals("pick")) {
        found =
            show(
                CompactionPicker.of(options)
                    .pick(levels, RangeTombstoneIndex.of(tombstones)::covers, snapshots, running));
      } else if (line.equals("debt")) {
        found = CompactionPicker.of(options).debt(levels) / KIB + " KiB";
      } else if (line.startsWith("manual ")) {
        String[] words = line.split(" ", -1);
        ManualCompaction wish =
            new ManualCompaction(Long.parseLong(words[1]), Long.parseLong(words[2]));
        found = show(CompactionPicker.of(options).pick(levels, (_, _, _) -> false, wish, running));
      } else if (!line.isEmpty() && !line.startsWith("#")) {
        draw(line);
      }
    }
    return tests.stream();
  }

  private void draw(String line) {
    String rest = line.substring(line.indexOf(' ') + 1);
    if (line.equals("clear")) {
      levels = Levels.EMPTY;
      tombstones.clear();
      running.clear();
      snapshots = Snapshots.NEWEST_ONLY;
    } else if (line.startsWith("options ")) {
      options = options(rest);
    } else if (line.startsWith("L")) {
      VersionEdit edit = new VersionEdit();
      for (String table : rest.split(" ", -1)) {
        TableMeta meta = table(table);
        edit.add(line.charAt(1) - '0', meta);
        meta.blobUses().stream()
            .map(use -> blobs.remove(use.blob()))
            .forEach(blob -> addTo(edit, blob));
      }
      levels = levels.apply(edit);
    } else if (line.startsWith("blobs ")) {
      for (String blob : rest.split(" ", -1)) {
        Matcher matcher = match(BLOB, blob);
        long number = Long.parseLong(matcher.group(1));
        long bytes = Long.parseLong(matcher.group(2)) * KIB;
        blobs.put(number, new BlobMeta(number, bytes, 1000, bytes, 0));
      }
    } else if (line.startsWith("tombstone ")) {
      Matcher matcher = match(TOMBSTONE, rest);
      tombstones.add(
          new RangeTombstone(
              matcher.group(1).getBytes(UTF_8),
              matcher.group(2).getBytes(UTF_8),
              Long.parseLong(matcher.group(3))));
    } else if (line.startsWith("view ")) {
      snapshots = new Snapshots(Long.parseLong(rest));
    } else if (line.startsWith("running ")) {
      running.add(running(rest));
    } else {
      throw new IllegalArgumentException(line);
    }
  }

  private static StorageOptions options(String text) {
    StorageOptions.Builder builder = StorageOptions.builder();
    if (text.startsWith("style=universal ")) {
      return universalOptions(builder, text);
    }
    for (String option : text.split(" ", -1)) {
      int value = Integer.parseInt(option.substring(option.indexOf('=') + 1));
      switch (option.substring(0, option.indexOf('='))) {
        case "ratio" -> builder.levelSizeRatio(value);
        case "base" -> builder.levelBaseBytes((long) value * KIB);
        case "table" -> builder.tableBytes((long) value * KIB);
        case "level0" -> builder.level0Tables(value);
        default -> throw new IllegalArgumentException(option);
      }
    }
    return builder.build();
  }

  private static StorageOptions universalOptions(StorageOptions.Builder builder, String text) {
    Map<String, Integer> values = new HashMap<>();
    for (String option : text.substring(text.indexOf(' ') + 1).split(" ", -1)) {
      int at = option.indexOf('=');
      values.put(option.substring(0, at), Integer.parseInt(option.substring(at + 1)));
    }
    return builder
        .compactionStyle(CompactionStyle.UNIVERSAL)
        .tableBytes((long) values.get("table") * KIB)
        .universal(
            new UniversalCompaction(
                values.get("runs"),
                values.get("ratio"),
                values.get("least"),
                values.get("most"),
                values.get("amplification")))
        .build();
  }

  private static Matcher match(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(text);
    }
    return matcher;
  }

  /** The first table that refers to a blob file brings it. */
  private static void addTo(VersionEdit edit, BlobMeta blob) {
    if (blob != null) {
      edit.add(blob);
    }
  }

  private static List<BlobUse> uses(String text) {
    return USE.matcher(text)
        .results()
        .map(
            use -> new BlobUse(Long.parseLong(use.group(1)), 1, Long.parseLong(use.group(2)) * KIB))
        .toList();
  }

  private static TableMeta table(String text) {
    Matcher matcher = match(TABLE, text);
    long number = Long.parseLong(matcher.group(1));
    return new TableMeta(
        number,
        Long.parseLong(matcher.group(4)) * KIB,
        matcher.group(2).getBytes(UTF_8),
        matcher.group(3).getBytes(UTF_8),
        numberOr(number, matcher.group(5)),
        numberOr(number, matcher.group(6)),
        100,
        numberOr(0, matcher.group(7)),
        numberOr(0, matcher.group(8)),
        numberOr(0, matcher.group(9)),
        0,
        uses(matcher.group(10)));
  }

  private static long numberOr(long otherwise, String text) {
    return text == null ? otherwise : Long.parseLong(text);
  }

  private CompactionPlan running(String text) {
    List<Input> inputs = new ArrayList<>();
    Matcher matcher = INPUTS.matcher(text);
    while (matcher.find()) {
      int level = Integer.parseInt(matcher.group(1));
      for (String number : matcher.group(2).split(" ", -1)) {
        levels.tables(level).stream()
            .filter(table -> table.number() == Long.parseLong(number))
            .forEach(table -> inputs.add(new Input(level, table)));
      }
    }
    return new CompactionPlan(Kind.MERGE, inputs, text.charAt(text.length() - 1) - '0');
  }

  private static String show(CompactionPlan plan) {
    if (plan == null) {
      return "nothing";
    }
    StringBuilder shown = new StringBuilder(plan.kind().name().toLowerCase(Locale.ROOT));
    for (int level = 0; level < Levels.COUNT; level++) {
      List<String> numbers =
          plan.tables(level).stream().map(table -> String.valueOf(table.number())).toList();
      if (!numbers.isEmpty()) {
        shown.append(" L").append(level).append('[').append(String.join(" ", numbers)).append(']');
      }
    }
    if (plan.kind() != Kind.DROP) {
      shown.append(" -> L").append(plan.outputLevel());
    }
    return shown.toString();
  }
}
