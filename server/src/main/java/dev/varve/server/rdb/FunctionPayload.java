package dev.varve.server.rdb;

import io.netty.buffer.ByteBuf;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * What FUNCTION DUMP answers: libraries of functions, each as
 *
 * <pre>
 * 245:u8 | code:string
 * </pre>
 *
 * and a {@link Footer} after the last one.
 */
public final class FunctionPayload {
  private FunctionPayload() {}

  /**
   * Returns the payload of libraries.
   *
   * @param memory is told of bytes before they are taken
   */
  public static byte[] of(Iterable<byte[]> codes, LongConsumer memory) {
    RdbOutput out = new RdbOutput(memory);
    for (byte[] code : codes) {
      out.u8(RdbOpcode.FUNCTION);
      out.string(MemorySegment.ofArray(code), 0, code.length);
    }
    Footer.write(out, Footer.WRITTEN_VERSION);
    return Arrays.copyOf(out.bytes(), out.length());
  }

  /**
   * Returns the libraries of a payload that is {@linkplain Footer#isIntact intact}.
   *
   * @param memory is told of bytes before they are taken
   * @throws BadFormatException if there is something else in it, with what clients are told
   */
  public static List<byte[]> read(ByteBuf bytes, int offset, int length, LongConsumer memory) {
    RdbInput in = new RdbInput(bytes, offset, length - Footer.BYTES, memory);
    RdbString code = new RdbString();
    List<byte[]> codes = new ArrayList<>();
    while (in.hasMore()) {
      if (in.u8() != RdbOpcode.FUNCTION) {
        throw new BadFormatException("given type is not a function");
      }
      readCode(in, code);
      memory.accept(code.length());
      byte[] copy = new byte[code.length()];
      code.buffer().getBytes(code.offset(), copy);
      codes.add(copy);
    }
    return codes;
  }

  private static void readCode(RdbInput in, RdbString code) {
    try {
      in.string(code);
    } catch (BadFormatException e) {
      throw new BadFormatException("failed loading the given functions payload");
    }
  }
}
