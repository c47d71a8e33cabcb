package dev.varve.server.writer;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.server.datatype.DueKeys;
import dev.varve.server.datatype.ExpirySweep;
import dev.varve.server.datatype.TimeIndex;
import dev.varve.server.dispatch.Session;
import dev.varve.server.testing.CommandHarness;
import dev.varve.server.testing.FakeEngine;
import dev.varve.storage.ReadView;
import io.netty.buffer.Unpooled;
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

  @Test
  void manyFieldsOfOneHashGoInPieces() {
    try (FakeEngine engine = new FakeEngine(1, 0)) {
      CommandHarness server = new CommandHarness(engine, 1);
      Session session = server.connect();
      List<String> put = new ArrayList<>(List.of("HSET", "hash"));
      List<String> expire = new ArrayList<>(List.of("HPEXPIRE", "hash", "100", "FIELDS"));
      expire.add("" + FIELDS);
      for (int i = 0; i < FIELDS; i++) {
        put.addAll(List.of("f" + i, "v"));
        expire.add("f" + i);
      }
      server.execute(session, put.toArray(String[]::new));
      server.execute(session, expire.toArray(String[]::new));
      server.advance(200);
      try (ReadView view = engine.view()) {
        DueKeys due =
            new ExpirySweep(TimeIndex.FIELDS)
                .search(view.sequence(), view.sequence(), server.nowMillis())
                .run(view);
        Removal.Prepared prepared = server.fieldRemoval().prepare(view, due, server.nowMillis());
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
}
