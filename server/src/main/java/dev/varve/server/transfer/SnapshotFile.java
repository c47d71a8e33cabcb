package dev.varve.server.transfer;

import dev.varve.server.rdb.Crc64;
import io.netty.buffer.Unpooled;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.LongConsumer;

/** Fetches a server's snapshot as it is, as {@code redis-cli --rdb} does. */
public final class SnapshotFile {
  private static final String MARK = "$EOF:";
  private static final int MARK_BYTES = 40;
  private static final int CHUNK_BYTES = 256 << 10;

  private final InputStream in;
  private final OutputStream out;
  private final LongConsumer progress;

  /** What has come and not been written: perhaps the checksum and the mark. */
  private final byte[] held = new byte[CHUNK_BYTES + MARK_BYTES + Long.BYTES];

  private int heldBytes;
  private long written;
  private long sum;

  private SnapshotFile(InputStream in, OutputStream out, LongConsumer progress) {
    this.in = in;
    this.out = out;
    this.progress = progress;
  }

  /**
   * Has a server send its snapshot.
   *
   * @param progress is told of the bytes that have come so far
   * @return how many bytes it has
   * @throws IOException if it didn't come whole, or isn't what was sent
   */
  public static long fetch(Link link, OutputStream out, LongConsumer progress) throws IOException {
    link.call("REPLCONF", "capa", "eof");
    try {
      link.call("REPLCONF", "rdb-only", "1");
    } catch (RefusedException _) {
      // A server before 7.0 would go on with what is written meanwhile, and nobody reads that.
    }
    link.out().request("SYNC");
    link.out().flush();
    String line = link.in().line();
    while (line.isEmpty()) {
      // While it makes the snapshot it says so that it is there.
      line = link.in().line();
    }
    if (line.startsWith("-")) {
      throw new RefusedException(line.substring(1));
    }
    SnapshotFile file = new SnapshotFile(link.in().bytes(), out, progress);
    if (line.startsWith(MARK) && line.length() == MARK.length() + MARK_BYTES) {
      file.toMark(line.substring(MARK.length()).getBytes(StandardCharsets.US_ASCII));
    } else if (line.startsWith("$")) {
      file.counted(RespInput.length(line.substring(1)));
    } else {
      throw new IOException("\"" + line + "\" where a snapshot should be");
    }
    return file.written;
  }

  private void toMark(byte[] mark) throws IOException {
    while (!endsWith(mark)) {
      fill(Integer.MAX_VALUE);
      pass(MARK_BYTES + Long.BYTES);
    }
    heldBytes -= MARK_BYTES;
    end();
  }

  private boolean endsWith(byte[] mark) {
    int from = heldBytes - mark.length;
    return from >= 0 && Arrays.equals(held, from, heldBytes, mark, 0, mark.length);
  }

  private void counted(long length) throws IOException {
    for (long left = length; left > 0; ) {
      left -= fill((int) Math.min(left, CHUNK_BYTES));
      pass(Long.BYTES);
    }
    end();
  }

  private int fill(int most) throws IOException {
    int count = in.read(held, heldBytes, Math.min(most, held.length - heldBytes));
    if (count < 0) {
      throw new EOFException("the server has closed the connection in the middle of its snapshot");
    }
    heldBytes += count;
    return count;
  }

  /** Writes all but the last bytes. */
  private void pass(int kept) throws IOException {
    int count = heldBytes - kept;
    if (count <= 0) {
      return;
    }
    sum = Crc64.of(sum, Unpooled.wrappedBuffer(held), 0, count);
    write(count);
    System.arraycopy(held, count, held, 0, kept);
    heldBytes = kept;
    progress.accept(written);
  }

  private void write(int count) throws IOException {
    out.write(held, 0, count);
    written += count;
  }

  /** What is held is the checksum; 0 says that there is none. */
  private void end() throws IOException {
    if (heldBytes > Long.BYTES) {
      pass(Long.BYTES);
    }
    if (heldBytes < Long.BYTES) {
      throw new EOFException("the server's snapshot is too short to be one");
    }
    long told = Unpooled.wrappedBuffer(held).getLongLE(0);
    if (told != 0 && told != sum) {
      throw new IOException("the snapshot isn't what the server has sent: its checksum is another");
    }
    write(Long.BYTES);
  }
}
