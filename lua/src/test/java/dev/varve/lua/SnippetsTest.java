package dev.varve.lua;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/**
 * Small programs, run here and by Debian's lua5.1: what they give and the errors that end them are
 * the same.
 */
final class SnippetsTest {

  @Test
  void giveWhatLuaGives() {
    Assumptions.assumeTrue(Run.peer(), "no lua5.1 here");
    List<String> all = snippets();
    String driver = Run.driver(all);
    compare(all, Run.byPeer(driver), Run.here(driver));
  }

  @Test
  void programsGiveWhatLuaGives() {
    Assumptions.assumeTrue(Run.peer(), "no lua5.1 here");
    List<String> all = List.of(resource("programs.txt").split("\n----\n"));
    String driver = Run.driver(all);
    compare(all, Run.byPeer(driver), Run.here(driver));
  }

  static void compare(List<String> programs, String peers, String ours) {
    List<String> a = peers.lines().toList();
    List<String> b = ours.lines().toList();
    StringBuilder differences = new StringBuilder();
    for (int i = 0; i < programs.size(); i++) {
      String x = i < a.size() ? a.get(i) : "nothing";
      String y = i < b.size() ? b.get(i) : "nothing";
      if (!x.equals(y)) {
        differences
            .append(programs.get(i))
            .append("\n  lua5.1 ")
            .append(x)
            .append("\n  ours   ")
            .append(y)
            .append('\n');
      }
    }
    assertEquals("", differences.toString());
  }

  private static List<String> snippets() {
    List<String> all = new ArrayList<>();
    resource("snippets.txt").lines().filter(l -> !l.isBlank()).forEach(all::add);
    return all;
  }

  static String resource(String name) {
    try (InputStream in = SnippetsTest.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
