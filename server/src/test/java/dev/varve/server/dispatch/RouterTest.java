package dev.varve.server.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.protocol.ProtocolVersion;
import dev.varve.protocol.ReplyWriter;
import dev.varve.protocol.Request;
import dev.varve.protocol.RequestDecoder;
import dev.varve.protocol.RequestLimits;
import dev.varve.server.acl.UserTable;
import dev.varve.server.command.Commands;
import dev.varve.server.datatype.KeptMemory;
import dev.varve.server.dispatch.Router.Place;
import dev.varve.server.dispatch.Router.Step;
import dev.varve.server.testing.CommandHarness;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class RouterTest {
  private final CommandTable table = Commands.table();
  private final UserTable users =
      new UserTable(
          table,
          () -> false,
          new AclLog(InstantSource.system(), 128),
          new KeptMemory(Long.MAX_VALUE));
  private final Router router =
      new Router(
          table,
          () -> 0,
          new HeapMemory(),
          new ClientPause(),
          new RunningScript(),
          users,
          new DebugSwitches(DebugSwitches.Users.NO),
          new DiskQuota(() -> 0),
          Session::endMulti);
  private final Session session =
      new Session(
          1,
          new Session.Place("127.0.0.1:1", "127.0.0.1:2", false, 1),
          0,
          users.defaultUser(),
          true);
  private final ByteBuf reply = Unpooled.buffer();
  private final ReplyWriter writer = new ReplyWriter(reply, ProtocolVersion.RESP2);

  /** One of each execution: PING, GET, SET, KEYS. */
  private List<Step> steps(Place place, boolean ahead) {
    List<Step> steps = new ArrayList<>();
    for (String name : List.of("ping", "get", "set", "keys")) {
      steps.add(Router.next(table.find(name), place, () -> ahead));
    }
    return steps;
  }

  @Test
  void runsHereWhatMayRunHereAndTakesTheRestToWhereItMay() {
    assertEquals(
        List.of(
            Step.RUN_LOCALLY, Step.RUN_OVER_VIEW, Step.GO_TO_STORAGE_THREAD, Step.GO_TO_READ_POOL),
        steps(Place.LOOP, false));
    assertEquals(
        List.of(Step.RUN_LOCALLY, Step.RUN_OVER_VIEW, Step.RUN_AS_WRITER, Step.GO_TO_READ_POOL),
        steps(Place.STORAGE_LOOP, false));
    assertEquals(
        List.of(Step.RUN_LOCALLY, Step.RUN_AS_WRITER, Step.RUN_AS_WRITER, Step.GO_TO_READ_POOL),
        steps(Place.STORAGE_THREAD, false));
    assertEquals(
        List.of(Step.GO_BACK, Step.RUN_OVER_VIEW, Step.GO_BACK, Step.RUN_OVER_VIEW),
        steps(Place.READ_POOL, false));
    assertEquals(
        List.of(Step.GO_BACK, Step.RUN_OVER_VIEW, Step.GO_BACK, Step.GO_BACK),
        steps(Place.READ_POOL_SHARED, false));
  }

  /** A connection reads what it wrote, though nobody else sees that yet. */
  @Test
  void readsThatMustSeeWhatNoViewShowsRunOnTheStorageThread() {
    assertEquals(
        List.of(
            Step.RUN_LOCALLY,
            Step.GO_TO_STORAGE_THREAD,
            Step.GO_TO_STORAGE_THREAD,
            Step.GO_TO_READ_POOL),
        steps(Place.LOOP, true));
    assertEquals(
        List.of(Step.RUN_LOCALLY, Step.RUN_AS_WRITER, Step.RUN_AS_WRITER, Step.GO_TO_READ_POOL),
        steps(Place.STORAGE_LOOP, true));
  }

  @Test
  void whatMemoryCantAnswerReadsTheDiskOnTheReadPool() {
    assertEquals(Step.GO_TO_READ_POOL, Router.nextBeyondMemory(table.find("get")));
    assertEquals(Step.REHEARSE, Router.nextBeyondMemory(table.find("append")));
  }

  /** Wherever a request is sent, it is run there or sent on: none goes round in circles. */
  @ParameterizedTest
  @EnumSource(Execution.class)
  void everyCommandIsRunAfterTwoStepsAtMost(Execution execution) {
    CommandSpec spec =
        table.all().stream().filter(one -> one.execution() == execution).findFirst().orElseThrow();
    for (Place from : Place.values()) {
      for (boolean ahead : new boolean[] {false, true}) {
        Place at = from;
        int steps = 0;
        Step step = Router.next(spec, at, () -> ahead);
        while (step.name().startsWith("GO_")) {
          at =
              switch (step) {
                case GO_TO_STORAGE_THREAD -> Place.STORAGE_THREAD;
                case GO_TO_READ_POOL -> Place.READ_POOL;
                default -> Place.LOOP;
              };
          step = Router.next(spec, at, () -> ahead);
          steps++;
        }
        assertTrue(steps < 3, execution + " from " + from);
      }
    }
  }

  @Test
  void admitsWhatPassesEveryCheckAsOftenAsItIsAsked() {
    Request get = request("get", "key");
    for (int i = 0; i < 3; i++) {
      assertSame(table.find("get"), router.admit(session, get, writer, 7));
      assertEquals("", taken());
    }
    assertSame(table.find("get"), session.lastCommand());
    assertEquals(7, session.lastInteractionMillis());
    assertSame(
        table.find("client|list"), router.admit(session, request("Client", "LIST"), writer, 7));
  }

  /** In Redis's order: what it doesn't know, how many arguments, who asks. */
  @Test
  void refusesInRedissOrderAndCountsOnlyWhatItKnows() {
    users.defaultPassword("secret");
    session.authenticated(false);
    assertNull(router.admit(session, request("nope", "a"), writer, 7));
    assertEquals("-ERR unknown command 'nope', with args beginning with: 'a' \r\n", taken());
    assertNull(router.admit(session, request("client", "nope"), writer, 7));
    assertEquals("-ERR unknown subcommand 'nope'. Try CLIENT HELP.\r\n", taken());
    assertNull(router.admit(session, request("get"), writer, 7));
    assertEquals("-ERR wrong number of arguments for 'get' command\r\n", taken());
    assertNull(router.admit(session, request("get", "a"), writer, 7));
    assertEquals("-NOAUTH Authentication required.\r\n", taken());
    assertEquals(2, table.find("get").statistics().rejectedCalls());
    assertNull(session.lastCommand());
    assertSame(table.find("auth"), router.admit(session, request("auth", "a"), writer, 7));
  }

  /** The number of arguments comes first here, too: it was NOAUTH whatever they were. */
  @Test
  void execSaysWhyItIsRefusedBeforeAnybodyHasSaidWhoHeIs() {
    users.defaultPassword("secret");
    session.authenticated(false);
    assertNull(router.admit(session, request("exec", "a"), writer, 7));
    assertEquals(
        "-EXECABORT Transaction discarded because of: wrong number of arguments for 'exec'"
            + " command\r\n",
        taken());
    assertNull(router.admit(session, request("exec"), writer, 7));
    assertEquals(
        "-EXECABORT Transaction discarded because of: NOAUTH Authentication required.\r\n",
        taken());
  }

  @Test
  void closesOnWhoSpeaksHttpWithoutAnAnswer() {
    assertNull(router.admit(session, request("POST", "/", "HTTP/1.1"), writer, 7));
    assertEquals("", taken());
    assertTrue(session.closeNow());
    assertNull(session.lastCommand());
  }

  /** Since MULTI a command is answered where it is admitted, on whatever thread that is. */
  @Test
  void queuesWhatIsAdmittedSinceMultiAndAbortsOnWhatIsRefused() {
    session.beginMulti();
    assertNull(router.admit(session, request("get", "a"), writer, 7));
    assertEquals("+QUEUED\r\n", taken());
    assertSame(table.find("get"), session.lastCommand());
    assertSame(table.find("exec"), router.admit(session, request("exec"), writer, 7));
    assertEquals(1, session.queued().count());
    assertFalse(session.queued().isAborted());
    assertNull(router.admit(session, request("get"), writer, 7));
    assertEquals("-ERR wrong number of arguments for 'get' command\r\n", taken());
    assertTrue(session.queued().isAborted());
    session.endMulti();
    assertSame(table.find("get"), router.admit(session, request("get", "a"), writer, 7));
  }

  /** Has a buffer of any size. */
  private static final class HeapMemory implements QueuedRequests.Memory {
    @Override
    public ByteBuf take(int capacity) {
      return Unpooled.buffer(capacity, capacity);
    }

    @Override
    public void give(ByteBuf buffer) {
      buffer.release();
    }
  }

  private static Request request(String... words) {
    Request request = new Request();
    assertTrue(
        new RequestDecoder(RequestLimits.DEFAULT)
            .decode(Unpooled.wrappedBuffer(CommandHarness.encode(words)), request));
    return request;
  }

  private String taken() {
    String text = reply.toString(StandardCharsets.ISO_8859_1);
    reply.clear();
    return text;
  }
}
