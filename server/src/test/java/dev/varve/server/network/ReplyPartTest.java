package dev.varve.server.network;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.varve.protocol.ProtocolVersion;
import dev.varve.protocol.ReplyWriter;
import dev.varve.server.dispatch.ErrorStatistics;
import dev.varve.server.dispatch.Session;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** What becomes of replies whose group can't be made durable. */
class ReplyPartTest {
  private final Session session =
      new Session(1, new Session.Place("client", "server", false, -1), 0, null, true);
  private final ErrorStatistics errors = new ErrorStatistics();
  private final ReplyPart part = new ReplyPart(UnpooledByteBufAllocator.DEFAULT, 0, errors);
  private final ReplyWriter writer =
      new ReplyWriter(Unpooled.EMPTY_BUFFER, ProtocolVersion.RESP2, (written, grown) -> {});

  private void reply(long mustBeVisible, long written) {
    int mark = part.bytes().writerIndex();
    writer.output(part.bytes());
    writer.integer(mustBeVisible);
    part.replied(session, null, mark, mustBeVisible, written);
  }

  private String failed(long visible) {
    part.fail(writer, "ERR no", visible);
    String text = part.bytes().toString(StandardCharsets.ISO_8859_1).replace("\r\n", " ");
    part.release();
    return text;
  }

  @Test
  void repliesOfPublishedGroupsAreSentAsTheyAreWhenTheNextSyncFails() {
    reply(0, 4);
    reply(5, 4);
    reply(6, 4);
    reply(7, 6);
    reply(0, 6);
    reply(9, 7);
    assertEquals(9, part.sequence());
    assertEquals(":0 :5 :6 -ERR no -ERR no -ERR no ", failed(6));
  }

  @Test
  void aPartAllOfWhichIsPublishedLosesNothing() {
    reply(5, 4);
    reply(7, 6);
    assertEquals(":5 :7 ", failed(7));
  }

  @Test
  void nothingPublishedMeansNothingAnswered() {
    reply(0, 4);
    reply(5, 4);
    reply(7, 6);
    assertEquals(":0 -ERR no -ERR no ", failed(4));
  }

  @Test
  void repliesThatOnlyWaitForTheirTurnAreSentAsTheyAre() {
    reply(0, 4);
    part.waitFor(8);
    assertEquals(8, part.sequence());
    assertEquals(":0 ", failed(4));
  }
}
