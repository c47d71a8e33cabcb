package dev.varve.integration.power;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * A file as its readers see it, and as the disk may hold it. Each page has the bytes that are on
 * the disk for certain and those that it was given since, one version after the other; a page that
 * is null is zeros. A sync that failed leaves its versions <i>given up</i>: the system takes them
 * for written, so that no later sync writes them unless the page changes once more.
 */
final class PowerFile implements PowerDisk.Node {

  static final int PAGE = 4096;
  private static final int SECTOR = 512;
  private static final byte[] ZEROS = new byte[PAGE];

  private final TreeMap<Integer, byte[]> durable = new TreeMap<>();
  private final TreeMap<Integer, List<Version>> unsynced = new TreeMap<>();
  private final List<Long> sizes = new ArrayList<>();
  private final List<Long> sizesSince = new ArrayList<>();
  private long durableSize;
  private long size;

  private static final class Version {
    final byte[] page;
    final long since;
    boolean givenUp;

    Version(byte[] page, long since) {
      this.page = page;
      this.since = since;
    }
  }

  /** A file that is on the disk whole. */
  static PowerFile durable(byte[] bytes) {
    PowerFile file = new PowerFile();
    for (int at = 0; at < bytes.length; at += PAGE) {
      byte[] page = Arrays.copyOfRange(bytes, at, at + PAGE);
      if (Arrays.mismatch(page, ZEROS) >= 0) {
        file.durable.put(at / PAGE, page);
      }
    }
    file.size = bytes.length;
    file.durableSize = bytes.length;
    return file;
  }

  long size() {
    return size;
  }

  /**
   * Writes.
   *
   * @param bytes empty for zeros
   * @param since the position in the trace
   */
  void write(long offset, byte[] bytes, long length, long since) {
    for (long done = 0; done < length; ) {
      long at = offset + done;
      int number = Math.toIntExact(at / PAGE);
      int within = (int) (at % PAGE);
      int part = (int) Math.min(PAGE - within, length - done);
      byte[] before = live(number);
      byte[] page = before == null ? new byte[PAGE] : before.clone();
      if (bytes.length == 0) {
        Arrays.fill(page, within, within + part, (byte) 0);
      } else {
        System.arraycopy(bytes, (int) done, page, within, part);
      }
      boolean nothing = before == null && bytes.length == 0;
      change(number, nothing ? null : page, since);
      done += part;
    }
    resize(Math.max(size, offset + length), since);
  }

  void truncate(long length, long since) {
    if (length < size) {
      int first = Math.toIntExact((length + PAGE - 1) / PAGE);
      int within = (int) (length % PAGE);
      byte[] last = within == 0 ? null : live(first - 1);
      if (last != null) {
        byte[] cut = Arrays.copyOf(Arrays.copyOf(last, within), PAGE);
        change(first - 1, cut, since);
      }
      for (int number = first; (long) number * PAGE < size; number++) {
        if (live(number) != null) {
          change(number, null, since);
        }
      }
    }
    resize(length, since);
  }

  private void change(int number, byte[] page, long since) {
    unsynced.computeIfAbsent(number, absent -> new ArrayList<>()).add(new Version(page, since));
  }

  private void resize(long length, long since) {
    if (length != size) {
      size = length;
      sizes.add(length);
      sizesSince.add(since);
    }
  }

  private byte[] live(int number) {
    List<Version> versions = unsynced.get(number);
    return versions == null ? durable.get(number) : versions.getLast().page;
  }

  /** A sync that began at that position in the trace is done. */
  @Override
  public void synced(long began) {
    unsynced
        .entrySet()
        .removeIf(
            entry -> {
              List<Version> versions = entry.getValue();
              int before = count(versions, began);
              if (versions.subList(0, before).stream().anyMatch(each -> !each.givenUp)) {
                setDurable(entry.getKey(), versions.get(before - 1).page);
                versions.subList(0, before).clear();
              }
              return versions.isEmpty();
            });
    while (!sizes.isEmpty() && sizesSince.getFirst() <= began) {
      durableSize = sizes.removeFirst();
      sizesSince.removeFirst();
    }
  }

  private void setDurable(int number, byte[] page) {
    if (page == null) {
      durable.remove(number);
    } else {
      durable.put(number, page);
    }
  }

  private static int count(List<Version> versions, long began) {
    int count = 0;
    while (count < versions.size() && versions.get(count).since <= began) {
      count++;
    }
    return count;
  }

  @Override
  public void syncFailed(long began) {
    for (List<Version> versions : unsynced.values()) {
      versions.subList(0, count(versions, began)).forEach(each -> each.givenUp = true);
    }
  }

  /** Writes to a new file what a loss of power leaves. */
  void crash(Path target, SplittableRandom random, double kept) throws IOException {
    TreeMap<Integer, byte[]> pages = new TreeMap<>(durable);
    unsynced.forEach((number, versions) -> pages.put(number, left(number, versions, random, kept)));
    long length = crashedSize(random, kept);
    try (RandomAccessFile out = new RandomAccessFile(target.toFile(), "rw")) {
      for (var page : pages.headMap((int) ((length + PAGE - 1) / PAGE)).entrySet()) {
        if (page.getValue() != null) {
          long at = (long) page.getKey() * PAGE;
          out.seek(at);
          out.write(page.getValue(), 0, (int) Math.min(PAGE, length - at));
        }
      }
      out.setLength(length);
    }
  }

  private byte[] left(int number, List<Version> versions, SplittableRandom random, double kept) {
    if (kept > 0 && kept < 1 && random.nextInt(4) == 0) {
      byte[] torn = new byte[PAGE];
      for (int at = 0; at < PAGE; at += SECTOR) {
        byte[] from = any(number, versions, random, kept);
        if (from != null) {
          System.arraycopy(from, at, torn, at, SECTOR);
        }
      }
      return torn;
    }
    return any(number, versions, random, kept);
  }

  private byte[] any(int number, List<Version> versions, SplittableRandom random, double kept) {
    if (random.nextDouble() >= kept) {
      return durable.get(number);
    }
    // The system may have written the page at any time, and not since.
    int last = versions.size() - 1;
    boolean early = kept < 1 && random.nextInt(4) == 0;
    return versions.get(early ? random.nextInt(versions.size()) : last).page;
  }

  private long crashedSize(SplittableRandom random, double kept) {
    if (sizes.isEmpty() || random.nextDouble() < kept) {
      return size;
    }
    long less = Math.min(size, durableSize);
    long more = Math.max(size, durableSize);
    return kept == 0 || random.nextBoolean() || less == more
        ? durableSize
        : random.nextLong(less, more);
  }

  /** Where the bytes that readers see differ from those; -1 if they don't. */
  long difference(byte[] others) {
    if (others.length != size) {
      return Math.min(others.length, size);
    }
    for (long at = 0; at < size; at += PAGE) {
      byte[] page = live((int) (at / PAGE));
      int length = (int) Math.min(PAGE, size - at);
      byte[] own = page == null ? new byte[length] : page;
      int differs = Arrays.mismatch(own, 0, length, others, (int) at, Math.toIntExact(at + length));
      if (differs >= 0) {
        return at + differs;
      }
    }
    return -1;
  }
}
