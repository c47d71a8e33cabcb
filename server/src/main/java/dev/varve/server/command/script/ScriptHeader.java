package dev.varve.server.command.script;

import dev.varve.protocol.ProtocolException;
import dev.varve.protocol.Request;
import dev.varve.protocol.RequestDecoder;
import dev.varve.protocol.RequestLimits;
import dev.varve.server.dispatch.CommandException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * What a script says of itself in its first line: {@code #!lua flags=no-writes}.
 *
 * @param flags what it may do; null if it has no such line: then it may do what scripts always
 *     could
 * @param length bytes of the line, without its end
 */
record ScriptHeader(Set<ScriptFlag> flags, int length) {
  private static final ScriptHeader NONE = new ScriptHeader(null, 0);
  private static final String FLAGS = "flags=";

  /**
   * Reads the first line of a script.
   *
   * @throws CommandException if it is wrong
   */
  static ScriptHeader of(byte[] script) {
    if (script.length < 2 || script[0] != '#' || script[1] != '!') {
      return NONE;
    }
    int end = endOfLine(script);
    if (end < 0) {
      throw new CommandException("ERR Invalid script shebang");
    }
    List<String> words = words(script, end);
    if (words == null) {
      throw new CommandException("ERR Invalid engine in script shebang");
    }
    if (!words.getFirst().equals("#!lua")) {
      throw new CommandException("ERR Unexpected engine in script shebang: " + words.getFirst());
    }
    Set<ScriptFlag> flags = EnumSet.noneOf(ScriptFlag.class);
    for (String word : words.subList(1, words.size())) {
      if (!word.startsWith(FLAGS)) {
        throw new CommandException("ERR Unknown lua shebang option: " + word);
      }
      readFlags(word.substring(FLAGS.length()), flags);
    }
    return new ScriptHeader(flags, end);
  }

  private static void readFlags(String text, Set<ScriptFlag> flags) {
    if (text.isEmpty()) {
      return;
    }
    for (String label : text.split(",", -1)) {
      ScriptFlag flag = ScriptFlag.find(label);
      if (flag == null) {
        throw new CommandException("ERR Unexpected flag in script shebang: " + label);
      }
      flags.add(flag);
    }
  }

  /** Returns where the first line ends, as C's strings have it; -1: it doesn't. */
  static int endOfLine(byte[] text) {
    for (int i = 0; i < text.length && text[i] != 0; i++) {
      if (text[i] == '\n') {
        return i;
      }
    }
    return -1;
  }

  /** Returns the words of a text's beginning, unquoted; null if it has none or quotes don't fit. */
  static List<String> words(byte[] text, int end) {
    byte[] line = Arrays.copyOf(text, end + 1);
    line[end] = '\n';
    ByteBuf bytes = Unpooled.wrappedBuffer(line);
    Request request = new Request();
    try {
      if (!new RequestDecoder(RequestLimits.DEFAULT).decode(bytes, request)) {
        return null;
      }
    } catch (ProtocolException e) {
      return null;
    }
    List<String> words = new ArrayList<>();
    for (int i = 0; i < request.argumentCount(); i++) {
      words.add(new String(request.argumentBytes(i), StandardCharsets.ISO_8859_1));
    }
    return words;
  }

  /** Returns the script without the line, whose end stays, so that lines keep their numbers. */
  byte[] body(byte[] script) {
    return length == 0 ? script : Arrays.copyOfRange(script, length, script.length);
  }
}
