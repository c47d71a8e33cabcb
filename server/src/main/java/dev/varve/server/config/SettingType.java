package dev.varve.server.config;

import dev.varve.server.datatype.EventSelection;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * What values a setting takes.
 *
 * @param <T> how the value is kept
 */
public abstract sealed class SettingType<T> {
  private SettingType() {}

  /**
   * Returns the value that the words after a directive spell.
   *
   * @throws IllegalArgumentException if they spell none; the message is Redis's
   */
  public abstract T parse(List<String> words);

  /** Returns what holds once a directive has been given two times. */
  T after(T earlier, T later) {
    return later;
  }

  /** Returns what holds once CONFIG SET has given a value where there was another one. */
  T changed(T now, T given) {
    return given;
  }

  /** Returns the value as CONFIG GET gives it. */
  public String format(T value) {
    return value.toString();
  }

  /** Returns the words after the directive that spell the value. */
  public List<String> words(T value) {
    return List.of(format(value));
  }

  /** Says which values are accepted, for people. */
  public abstract String accepted();

  private static String single(List<String> words) {
    if (words.size() != 1) {
      throw new IllegalArgumentException("wrong number of arguments");
    }
    return words.getFirst();
  }

  /** A whole number within bounds. */
  public static final class WholeNumber extends SettingType<Integer> {
    /** As Redis has it: no plus, no zeros in front; longer ones are out of any range. */
    private static final Pattern SPELLING = Pattern.compile("0|-?[1-9][0-9]{0,17}");

    private final int least;
    private final int most;

    WholeNumber(int least, int most) {
      this.least = least;
      this.most = most;
    }

    @Override
    public Integer parse(List<String> words) {
      String word = single(words);
      if (!SPELLING.matcher(word).matches()) {
        throw new IllegalArgumentException("argument couldn't be parsed into an integer");
      }
      long value = Long.parseLong(word);
      if (value < least || value > most) {
        throw new IllegalArgumentException(
            "argument must be between " + least + " and " + most + " inclusive");
      }
      return (int) value;
    }

    @Override
    public String accepted() {
      return "a number from " + least + " to " + most;
    }
  }

  /** A whole number of 64 bits that is not less than a bound. */
  public static final class LongNumber extends SettingType<Long> {
    private static final Pattern SPELLING = Pattern.compile("0|-?[1-9][0-9]{0,18}");

    private final long least;

    LongNumber(long least) {
      this.least = least;
    }

    @Override
    public Long parse(List<String> words) {
      String word = single(words);
      if (!SPELLING.matcher(word).matches()) {
        throw notANumber();
      }
      long value;
      try {
        value = Long.parseLong(word);
      } catch (NumberFormatException e) {
        throw notANumber();
      }
      if (value < least) {
        throw new IllegalArgumentException(
            "argument must be between " + least + " and " + Long.MAX_VALUE + " inclusive");
      }
      return value;
    }

    private static IllegalArgumentException notANumber() {
      return new IllegalArgumentException("argument couldn't be parsed into an integer");
    }

    @Override
    public String accepted() {
      return "a number from " + least;
    }
  }

  /** Percentages, at which something is to be told of a distribution. */
  public static final class Percentiles extends SettingType<List<Double>> {
    Percentiles() {}

    @Override
    public List<Double> parse(List<String> words) {
      List<Double> percentiles = new ArrayList<>();
      for (String word : String.join(" ", words).split(" ", -1)) {
        if (!word.isEmpty()) {
          percentiles.add(percentile(word));
        }
      }
      return List.copyOf(percentiles);
    }

    private static double percentile(String word) {
      double percentile;
      try {
        percentile = Double.parseDouble(word);
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException(
            "Invalid latency-tracking-info-percentiles parameters", e);
      }
      if (!(percentile >= 0 && percentile <= 100)) {
        throw new IllegalArgumentException(
            "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]");
      }
      return percentile;
    }

    @Override
    public String format(List<Double> value) {
      return String.join(" ", value.stream().map(Percentiles::text).toList());
    }

    /** Returns a percentage without a fraction that is none. */
    public static String text(double percentile) {
      return percentile == Math.rint(percentile)
          ? Long.toString((long) percentile)
          : Double.toString(percentile);
    }

    @Override
    public List<String> words(List<Double> value) {
      return value.isEmpty() ? List.of("") : value.stream().map(Percentiles::text).toList();
    }

    @Override
    public String accepted() {
      return "percentages from 0 to 100; empty: none";
    }
  }

  /** A number of bytes within bounds, see {@link MemorySize}. */
  public static final class Memory extends SettingType<Long> {
    private final long least;
    private final long most;
    private final String zeroMeans;

    /** {@code zeroMeans} says what 0 stands for, which is then allowed; null: nothing. */
    Memory(long least, long most, String zeroMeans) {
      this.least = least;
      this.most = most;
      this.zeroMeans = zeroMeans;
    }

    @Override
    public Long parse(List<String> words) {
      long value = MemorySize.parse(single(words));
      if ((value < least || value > most) && (zeroMeans == null || value != 0)) {
        throw new IllegalArgumentException(
            "argument must be between " + least + " and " + most + " inclusive");
      }
      return value;
    }

    @Override
    public List<String> words(Long value) {
      return List.of(MemorySize.format(value));
    }

    @Override
    public String accepted() {
      return "a size such as 64mb, from "
          + least
          + (most == Long.MAX_VALUE ? "" : " to " + most)
          + " bytes"
          + (zeroMeans == null ? "" : "; 0: " + zeroMeans);
    }
  }

  /** A number of bytes, or a percentage of some memory. */
  public static final class Share extends SettingType<MemoryShare> {
    private static final Pattern PERCENTAGE = Pattern.compile("[0-9]{1,9}%");
    private static final int ALL = 100;

    Share() {}

    @Override
    public MemoryShare parse(List<String> words) {
      String word = single(words);
      if (!word.endsWith("%")) {
        try {
          return new MemoryShare(MemorySize.parse(word), 0);
        } catch (IllegalArgumentException e) {
          throw wrong(e);
        }
      }
      if (!PERCENTAGE.matcher(word).matches()) {
        throw wrong(null);
      }
      int percent = Integer.parseInt(word.substring(0, word.length() - 1));
      if (percent > ALL) {
        throw new IllegalArgumentException("percentage argument must be less or equal to " + ALL);
      }
      return new MemoryShare(0, percent);
    }

    private static IllegalArgumentException wrong(Throwable cause) {
      return new IllegalArgumentException("argument must be a memory or percent value", cause);
    }

    @Override
    public String format(MemoryShare value) {
      return value.percent() == 0 ? Long.toString(value.bytes()) : value.percent() + "%";
    }

    @Override
    public List<String> words(MemoryShare value) {
      return List.of(
          value.percent() == 0 ? MemorySize.format(value.bytes()) : value.percent() + "%");
    }

    @Override
    public String accepted() {
      return "a size such as 64mb, or a percentage of maxmemory such as 5%; 0: no limit";
    }
  }

  /** Yes or no. */
  public static final class YesNo extends SettingType<Boolean> {
    YesNo() {}

    @Override
    public Boolean parse(List<String> words) {
      return switch (single(words).toLowerCase(Locale.ROOT)) {
        case "yes" -> true;
        case "no" -> false;
        default -> throw new IllegalArgumentException("argument must be 'yes' or 'no'");
      };
    }

    @Override
    public String format(Boolean value) {
      return value ? "yes" : "no";
    }

    @Override
    public String accepted() {
      return "yes or no";
    }
  }

  /** One of some words, which are an enum's names in lower case with dashes. */
  public static final class Choice<E extends Enum<E>> extends SettingType<E> {
    private final List<E> choices;

    /** All constants of an enum. */
    Choice(Class<E> type) {
      this(List.of(type.getEnumConstants()));
    }

    /** Some constants of an enum, in the order in which errors name them. */
    Choice(List<E> choices) {
      this.choices = List.copyOf(choices);
    }

    @Override
    public E parse(List<String> words) {
      String word = single(words).toLowerCase(Locale.ROOT);
      for (E choice : choices) {
        if (format(choice).equals(word)) {
          return choice;
        }
      }
      throw new IllegalArgumentException(
          "argument(s) must be one of the following: " + String.join(", ", names()));
    }

    @Override
    public String format(E value) {
      return value.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public String accepted() {
      return String.join(", ", names());
    }

    private List<String> names() {
      return choices.stream().map(this::format).toList();
    }
  }

  /** One of some words, in any case. */
  public static final class Word extends SettingType<String> {
    private final List<String> choices;

    Word(List<String> choices) {
      this.choices = List.copyOf(choices);
    }

    @Override
    public String parse(List<String> words) {
      String word = single(words).toLowerCase(Locale.ROOT);
      if (!choices.contains(word)) {
        throw new IllegalArgumentException(
            "argument(s) must be one of the following: " + accepted());
      }
      return word;
    }

    @Override
    public String accepted() {
      return String.join(", ", choices);
    }
  }

  /** What can't be had: not given, or given as {@code no one}. */
  public static final class Nothing extends SettingType<String> {
    Nothing() {}

    @Override
    public String parse(List<String> words) {
      String all = String.join(" ", words);
      if (!all.isEmpty() && !all.equalsIgnoreCase("no one")) {
        throw new IllegalArgumentException("there is no such thing here");
      }
      return "";
    }

    @Override
    public String accepted() {
      return "no one";
    }
  }

  /** A text of one word. */
  public static final class Text extends SettingType<String> {
    private final String accepted;

    Text(String accepted) {
      this.accepted = accepted;
    }

    @Override
    public String parse(List<String> words) {
      return single(words);
    }

    @Override
    public String accepted() {
      return accepted;
    }
  }

  /**
   * The path of a file, kept as text. In words each char stands for a byte, and the bytes are the
   * name in UTF-8.
   */
  public static final class FilePath extends SettingType<String> {
    private final boolean mayBeEmpty;
    private final String accepted;

    FilePath(boolean mayBeEmpty, String accepted) {
      this.mayBeEmpty = mayBeEmpty;
      this.accepted = accepted;
    }

    @Override
    public String parse(List<String> words) {
      String word = single(words);
      if (word.isEmpty() && !mayBeEmpty) {
        throw new IllegalArgumentException("No such file or directory");
      }
      String path = ByteText.decode(word);
      if (path == null) {
        throw new IllegalArgumentException("a path must be UTF-8");
      }
      try {
        Path _ = Path.of(path);
      } catch (InvalidPathException e) {
        throw new IllegalArgumentException(
            "this can't be a path in the locale of the process: " + e.getReason(), e);
      }
      return path;
    }

    /** A folder as an absolute path, whatever the process's own was when it was given. */
    @Override
    public String format(String value) {
      boolean isFolder = !mayBeEmpty;
      return ByteText.encode(
          isFolder ? Path.of(value).toAbsolutePath().normalize().toString() : value);
    }

    @Override
    public List<String> words(String value) {
      return List.of(ByteText.encode(value));
    }

    @Override
    public String accepted() {
      return accepted;
    }
  }

  /** Words; as one argument they are separated by blanks. */
  public static final class Words extends SettingType<List<String>> {
    private final int most;
    private final String accepted;

    Words(int most, String accepted) {
      this.most = most;
      this.accepted = accepted;
    }

    @Override
    public List<String> parse(List<String> words) {
      List<String> value = new ArrayList<>();
      for (String word : words) {
        Arrays.stream(word.split(" ")).filter(part -> !part.isEmpty()).forEach(value::add);
      }
      if (value.size() > most) {
        throw new IllegalArgumentException("wrong number of arguments");
      }
      return List.copyOf(value);
    }

    @Override
    public String format(List<String> value) {
      return String.join(" ", value);
    }

    @Override
    public List<String> words(List<String> value) {
      return value.isEmpty() ? List.of("") : value;
    }

    @Override
    public String accepted() {
      return accepted;
    }
  }

  /** Pairs of seconds and changes; what is given later is added, unless it is nothing. */
  public static final class SavePoints extends SettingType<List<String>> {
    private static final Pattern SECONDS = Pattern.compile("[1-9][0-9]{0,9}");
    private static final Pattern CHANGES = Pattern.compile("[0-9]{1,10}");

    SavePoints() {}

    @Override
    public List<String> parse(List<String> words) {
      List<String> value = words;
      if (words.size() == 1) {
        value = words.getFirst().isEmpty() ? List.of() : List.of(words.getFirst().split(" ", -1));
      }
      boolean pairs = value.size() % 2 == 0;
      for (int i = 0; pairs && i < value.size(); i += 2) {
        pairs =
            SECONDS.matcher(value.get(i)).matches() && CHANGES.matcher(value.get(i + 1)).matches();
      }
      if (!pairs) {
        throw new IllegalArgumentException("Invalid save parameters");
      }
      return List.copyOf(value);
    }

    @Override
    List<String> after(List<String> earlier, List<String> later) {
      List<String> both = new ArrayList<>(later.isEmpty() ? List.of() : earlier);
      both.addAll(later);
      return List.copyOf(both);
    }

    @Override
    public String format(List<String> value) {
      return String.join(" ", value);
    }

    @Override
    public List<String> words(List<String> value) {
      return value.isEmpty() ? List.of("") : value;
    }

    @Override
    public String accepted() {
      return "seconds and changes in turn, or empty";
    }
  }

  /** How much may wait for clients, by their classes. */
  public static final class Output extends SettingType<OutputLimits> {
    Output() {}

    @Override
    public OutputLimits parse(List<String> words) {
      List<String> all = new ArrayList<>();
      for (String word : words) {
        if (!word.isBlank()) {
          all.addAll(List.of(word.strip().split(" +", -1)));
        }
      }
      return OutputLimits.parse(all);
    }

    @Override
    OutputLimits after(OutputLimits earlier, OutputLimits later) {
      return earlier.with(later);
    }

    @Override
    OutputLimits changed(OutputLimits now, OutputLimits given) {
      return now.with(given);
    }

    @Override
    public String format(OutputLimits value) {
      return String.join(" ", value.words());
    }

    @Override
    public List<String> words(OutputLimits value) {
      return value.words();
    }

    @Override
    public String accepted() {
      return "for each of `normal`, `replica`, `pubsub` that is named: a hard limit, a soft one,"
          + " and seconds";
    }
  }

  /** Classes of events, by their letters. */
  public static final class Events extends SettingType<EventSelection> {
    Events() {}

    @Override
    public EventSelection parse(List<String> words) {
      return EventSelection.parse(single(words));
    }

    @Override
    public String format(EventSelection value) {
      return value.letters();
    }

    @Override
    public String accepted() {
      return "letters of Ag$lshzxeKEtmdn, or empty";
    }
  }

  /** The permission bits of a file, in octal. */
  public static final class Permissions extends SettingType<Integer> {
    Permissions() {}

    @Override
    public Integer parse(List<String> words) {
      try {
        int value = Integer.parseInt(single(words), 8);
        if (value >= 0 && value <= 0777) {
          return value;
        }
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException("argument couldn't be parsed into an integer", e);
      }
      throw new IllegalArgumentException("argument must be between 0 and 777 inclusive");
    }

    @Override
    public String format(Integer value) {
      return Integer.toOctalString(value);
    }

    @Override
    public String accepted() {
      return "octal permission bits from 0 to 777; 0: as the process makes files";
    }
  }
}
