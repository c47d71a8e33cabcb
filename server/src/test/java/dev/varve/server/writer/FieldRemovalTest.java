package dev.varve.server.writer;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.server.datatype.DueKeys;
import dev.varve.server.datatype.ExpirySweep;
import dev.varve.server.datatype.KeyLayout;
import dev.varve.server.datatype.TimeIndex;
import dev.varve.server.dispatch.Session;
import dev.varve.server.testing.CommandHarness;
import dev.varve.server.testing.FakeEngine;
import dev.varve.storage.ReadView;
import dev.varve.storage.StorageEngine;
import io.netty.buffer.Unpooled;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How much of a hash goes at once. */
class FieldRemovalTest {
  private static final int FIELDS = 1000;

  private static long fields(CommandHarness server) {
    return server.call(
        step -> {
          step.keyspace().select(Unpooled.copiedBuffer("hash", US_ASCII), 0, 4);
          return step.keyspace().find() && step.hash().find() ? step.hash().storedCount() : 0;
        });
  }

  /** A hash all of whose fields are past their one deadline. */
  private static CommandHarness withDueFields(StorageEngine engine, int fields) {
    CommandHarness server = new CommandHarness(engine, 1);
    Session session = server.connect();
    List<String> put = new ArrayList<>(List.of("HSET", "hash"));
    List<String> expire = new ArrayList<>(List.of("HPEXPIRE", "hash", "100", "FIELDS"));
    expire.add("" + fields);
    for (int i = 0; i < fields; i++) {
      put.addAll(List.of("f" + i, "v"));
      expire.add("f" + i);
    }
    server.execute(session, put.toArray(String[]::new));
    server.execute(session, expire.toArray(String[]::new));
    server.advance(200);
    return server;
  }

  private static Removal.Prepared search(CommandHarness server, ReadView view) {
    DueKeys due =
        new ExpirySweep(TimeIndex.FIELDS)
            .search(view.sequence(), view.sequence(), server.nowMillis())
            .run(view);
    return server.fieldRemoval().prepare(view, due, server.nowMillis());
  }

  /** Notes of each walk over elements whether it begins with one that is there. */
  private static ReadView noting(ReadView view, List<Boolean> isThere) {
    return (ReadView)
        Proxy.newProxyInstance(
            ReadView.class.getClassLoader(),
            new Class<?>[] {ReadView.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("cursor")) {
                byte[] lower = (byte[]) arguments[0];
                if (lower[0] == KeyLayout.ELEMENTS) {
                  isThere.add(view.get(lower) != null);
                }
              }
              return method.invoke(view, arguments);
            });
  }

  @Test
  void manyFieldsOfOneHashGoInPieces() {
    try (FakeEngine engine = new FakeEngine(1, 0)) {
      CommandHarness server = withDueFields(engine, FIELDS);
      try (ReadView view = engine.view()) {
        Removal.Prepared prepared = search(server, view);
        assertTrue(prepared.isAll(), "all is known of so few");
        long left = FIELDS;
        int piece = 0;
        while (piece < prepared.size()) {
          int from = piece;
          Removal.Removed removed = server.call(step -> prepared.remove(from, () -> true));
          assertEquals(from + 1, removed.to());
          assertTrue(removed.things() <= FieldRemoval.FIELDS_A_PIECE, removed + " in one piece");
          left -= removed.things();
          assertEquals(left, fields(server));
          piece = removed.to();
        }
        assertEquals(0, left);
      }
    }
  }

  /** What each search walks over is what the one before left, not all that was ever removed. */
  @Test
  void aSearchGoesOnWhereTheOneBeforeEnded() {
    int fields = 5 * FieldRemoval.MOST_FIELDS;
    try (FakeEngine engine = new FakeEngine(1, 0)) {
      CommandHarness server = withDueFields(engine, fields);
      List<Boolean> isThere = new ArrayList<>();
      int searches = 0;
      while (fields(server) > 0) {
        try (ReadView view = engine.view()) {
          isThere.clear();
          Removal.Prepared prepared = search(server, noting(view, isThere));
          server.call(step -> prepared.remove(0, () -> false));
        }
        assertTrue(searches == 0 || isThere.getFirst(), "walks over what is removed");
        searches++;
      }
      assertEquals(5, searches);
    }
  }

  @Test
  void whatASearchFoundAndNobodyRemovedIsFoundAgain() {
    try (FakeEngine engine = new FakeEngine(1, 0)) {
      CommandHarness server = withDueFields(engine, 3 * FieldRemoval.MOST_FIELDS);
      int searches = 0;
      while (fields(server) > 0) {
        try (ReadView view = engine.view()) {
          Removal.Prepared prepared = search(server, view);
          if (searches != 1) {
            server.call(step -> prepared.remove(0, () -> false));
          }
        }
        searches++;
        assertTrue(searches < 10, fields(server) + " stay");
      }
    }
  }
}
