package dev.varve.server.command;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Writes values as older and newer versions of Redis do; each char of a string is a byte. */
final class OldForms {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  /** Begins with a type. */
  static OldForms of(int type) {
    return new OldForms().u8(type);
  }

  OldForms u8(int value) {
    out.write(value);
    return this;
  }

  OldForms littleEndian(long value, int bytes) {
    for (int i = 0; i < bytes; i++) {
      out.write((int) (value >>> (8 * i)));
    }
    return this;
  }

  OldForms raw(String bytes) {
    out.writeBytes(bytes.getBytes(StandardCharsets.ISO_8859_1));
    return this;
  }

  OldForms length(int length) {
    if (length < 64) {
      return u8(length);
    } else if (length < 16384) {
      return u8(0x40 | length >> 8).u8(length & 0xFF);
    }
    return u8(0x80).u8(length >>> 24).u8(length >>> 16).u8(length >>> 8).u8(length);
  }

  OldForms string(String bytes) {
    return length(bytes.length()).raw(bytes);
  }

  String bytes() {
    return out.toString(StandardCharsets.ISO_8859_1);
  }

  /** A ziplist, with numbers as such where they can be. */
  static String ziplist(List<String> entries) {
    OldForms body = new OldForms();
    int before = 0;
    int last = 10;
    for (String entry : entries) {
      int begin = 10 + body.out.size();
      if (before < 254) {
        body.u8(before);
      } else {
        body.u8(254).littleEndian(before, 4);
      }
      body.ziplistEntry(entry);
      last = begin;
      before = 10 + body.out.size() - begin;
    }
    return new OldForms()
        .littleEndian(10 + body.out.size() + 1, 4)
        .littleEndian(last, 4)
        .littleEndian(entries.size(), 2)
        .raw(body.bytes())
        .u8(255)
        .bytes();
  }

  private void ziplistEntry(String entry) {
    if (entry.matches("-?[1-9][0-9]{0,17}|0")) {
      long value = Long.parseLong(entry);
      if (value >= 0 && value <= 12) {
        u8(0xF1 + (int) value);
      } else if (value == (byte) value) {
        u8(0xFE).littleEndian(value, 1);
      } else if (value == (short) value) {
        u8(0xC0).littleEndian(value, 2);
      } else if (value >= -(1 << 23) && value < 1 << 23) {
        u8(0xF0).littleEndian(value, 3);
      } else if (value == (int) value) {
        u8(0xD0).littleEndian(value, 4);
      } else {
        u8(0xE0).littleEndian(value, 8);
      }
      return;
    }
    int length = entry.length();
    if (length < 64) {
      u8(length);
    } else if (length < 16384) {
      u8(0x40 | length >> 8).u8(length & 0xFF);
    } else {
      u8(0x80).u8(length >>> 24).u8(length >>> 16).u8(length >>> 8).u8(length);
    }
    raw(entry);
  }

  /** A zipmap. */
  static String zipmap(List<String> pairs) {
    OldForms map = new OldForms().u8(Math.min(254, pairs.size() / 2));
    for (int i = 0; i < pairs.size(); i++) {
      String entry = pairs.get(i);
      if (entry.length() < 254) {
        map.u8(entry.length());
      } else {
        map.u8(254).littleEndian(entry.length(), 4);
      }
      int unused = i % 2 == 1 ? i / 2 % 3 : 0;
      if (i % 2 == 1) {
        map.u8(unused);
      }
      map.raw(entry).raw("\0".repeat(unused));
    }
    return map.u8(255).bytes();
  }

  /** A listpack of strings alone. */
  static String listpack(List<String> entries) {
    OldForms body = new OldForms();
    for (String entry : entries) {
      int length = entry.length();
      int header = length < 64 ? 1 : length < 4096 ? 2 : 5;
      if (length < 64) {
        body.u8(0x80 | length);
      } else if (length < 4096) {
        body.u8(0xE0 | length >> 8).u8(length & 0xFF);
      } else {
        body.u8(0xF0).littleEndian(length, 4);
      }
      body.raw(entry);
      int all = header + length;
      if (all <= 127) {
        body.u8(all);
      } else if (all < 16383) {
        body.u8(all >> 7).u8((all & 127) | 128);
      } else {
        body.u8(all >> 14).u8((all >> 7 & 127) | 128).u8((all & 127) | 128);
      }
    }
    return new OldForms()
        .littleEndian(6 + body.out.size() + 1, 4)
        .littleEndian(entries.size(), 2)
        .raw(body.bytes())
        .u8(255)
        .bytes();
  }
}
