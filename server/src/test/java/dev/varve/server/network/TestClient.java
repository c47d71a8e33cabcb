package dev.varve.server.network;

import dev.varve.protocol.ProtocolVersion;
import dev.varve.protocol.Reply;
import dev.varve.protocol.ReplyDecoder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A client on a blocking socket, which sends and reads when it is told to. */
final class TestClient implements AutoCloseable {
  private final Socket socket;
  private final ReplyDecoder decoder = new ReplyDecoder(ProtocolVersion.RESP2);
  private final ByteBuf input = Unpooled.buffer();
  private final byte[] chunk = new byte[64 << 10];

  TestClient(int port) throws IOException {
    this(new Socket(InetAddress.getLoopbackAddress(), port));
  }

  /** A client on a socket that is connected. */
  TestClient(Socket socket) throws IOException {
    this.socket = socket;
    socket.setTcpNoDelay(true);
  }

  /** Returns a request's bytes. */
  static byte[] request(String... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(("*" + arguments.length + "\r\n").getBytes(StandardCharsets.US_ASCII));
    for (String argument : arguments) {
      byte[] bytes = argument.getBytes(StandardCharsets.UTF_8);
      out.writeBytes(("$" + bytes.length + "\r\n").getBytes(StandardCharsets.US_ASCII));
      out.writeBytes(bytes);
      out.writeBytes(new byte[] {'\r', '\n'});
    }
    return out.toByteArray();
  }

  void sendBytes(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    socket.getOutputStream().flush();
  }

  void send(String... arguments) throws IOException {
    sendBytes(request(arguments));
  }

  /** Says that nothing more will be sent. */
  void endOutput() throws IOException {
    socket.shutdownOutput();
  }

  /** Waits for the next reply. */
  Reply read() throws IOException {
    while (true) {
      Reply reply = decoder.decode(input);
      if (reply != null) {
        return reply;
      }
      if (!fill()) {
        throw new EOFException("the server has closed the connection");
      }
    }
  }

  /** Waits for the end of the connection, and returns whether nothing came before it. */
  boolean readEnd() throws IOException {
    try {
      return !fill() && !input.isReadable();
    } catch (java.net.SocketException e) {
      // Reset: the server has closed it with input that it had not read.
      return !input.isReadable();
    }
  }

  private boolean fill() throws IOException {
    int count = socket.getInputStream().read(chunk);
    if (count < 0) {
      return false;
    }
    input.discardReadBytes();
    input.writeBytes(chunk, 0, count);
    return true;
  }

  /** Bytes that have arrived and were not read. */
  int available() throws IOException {
    return socket.getInputStream().available() + input.readableBytes();
  }

  /** Has the server speak RESP3, and reads it. */
  void hello3() throws IOException {
    send("HELLO", "3");
    decoder.version(ProtocolVersion.RESP3);
    read();
  }

  Reply call(String... arguments) throws IOException {
    send(arguments);
    return read();
  }

  /** The value of a line of INFO. */
  long info(String name) throws IOException {
    Reply told = call("INFO", "everything");
    String text =
        told instanceof Reply.VerbatimString verbatim
            ? verbatim.text()
            : ((Reply.BulkString) told).text();
    for (String line : text.split("\r\n", -1)) {
      if (line.startsWith(name + ":")) {
        return Long.parseLong(line.substring(name.length() + 1));
      }
    }
    throw new AssertionError("INFO has no " + name);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  /** Waits until DBSIZE answers this: a removal is counted once it is published. */
  void awaitDbSize(long keys) throws IOException {
    while (!call("DBSIZE").equals(new Reply.IntegerValue(keys))) {
      Thread.onSpinWait();
    }
  }
}
