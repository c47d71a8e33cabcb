package dev.varve.server.datatype.list;

import dev.varve.server.datatype.collection.Packed;
import io.netty.buffer.ByteBuf;

/** An element that is to be put into a list: bytes that somebody else keeps meanwhile. */
final class Element {
  private ByteBuf buffer;
  private int offset;
  private int length;

  void select(ByteBuf its, int itsOffset, int itsLength) {
    buffer = its;
    offset = itsOffset;
    length = itsLength;
  }

  int length() {
    return length;
  }

  /** Adds it to packed elements, at a place. */
  void insertInto(Packed packed, int place) {
    // Which array they are in is known once there is room.
    int at = packed.insert(place, length);
    copyTo(packed.bytes(), at);
  }

  /** Puts it in the place of one of packed elements. */
  void replaceIn(Packed packed, int place) {
    int at = packed.replace(place, length);
    copyTo(packed.bytes(), at);
  }

  void copyTo(byte[] target, int at) {
    buffer.getBytes(offset, target, at, length);
  }
}
