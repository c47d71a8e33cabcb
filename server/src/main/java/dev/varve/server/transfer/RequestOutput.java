package dev.varve.server.transfer;

import io.netty.buffer.ByteBuf;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** Writes requests: how many arguments, then each. Not thread-safe. */
final class RequestOutput {
  private static final int BUFFER_BYTES = 128 << 10;

  private final OutputStream out;

  RequestOutput(OutputStream out) {
    this.out = new BufferedOutputStream(out, BUFFER_BYTES);
  }

  void begin(int arguments) throws IOException {
    header('*', arguments);
  }

  private void header(char kind, int count) throws IOException {
    out.write(kind);
    out.write(Integer.toString(count).getBytes(StandardCharsets.US_ASCII));
    end();
  }

  private void end() throws IOException {
    out.write('\r');
    out.write('\n');
  }

  void argument(byte[] bytes) throws IOException {
    header('$', bytes.length);
    out.write(bytes);
    end();
  }

  void argument(String text) throws IOException {
    argument(text.getBytes(StandardCharsets.UTF_8));
  }

  void argument(long number) throws IOException {
    argument(Long.toString(number));
  }

  void argument(ByteBuf buffer, int offset, int length) throws IOException {
    header('$', length);
    buffer.getBytes(offset, out, length);
    end();
  }

  /** Writes an argument for {@link #arguments}. */
  static void encode(ByteBuf source, int offset, int length, ByteBuf target) {
    target.writeBytes(("$" + length + "\r\n").getBytes(StandardCharsets.US_ASCII));
    target.writeBytes(source, offset, length);
    target.writeByte('\r').writeByte('\n');
  }

  /** Writes arguments that were {@linkplain #encode encoded}. */
  void arguments(ByteBuf written) throws IOException {
    written.getBytes(written.readerIndex(), out, written.readableBytes());
  }

  /** Writes a whole request. */
  void request(String... arguments) throws IOException {
    begin(arguments.length);
    for (String argument : arguments) {
      argument(argument);
    }
  }

  /** Writes an empty line, which is no request. */
  void newLine() throws IOException {
    end();
  }

  /** Hands all on to the server. */
  void flush() throws IOException {
    out.flush();
  }
}
