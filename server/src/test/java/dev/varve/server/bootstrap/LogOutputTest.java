package dev.varve.server.bootstrap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.server.config.Configuration;
import dev.varve.server.config.ConfigurationReader;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollDomainDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainDatagramPacket;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

@Timeout(60)
final class LogOutputTest {
  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2026-03-05T06:07:08.009Z"), ZoneOffset.UTC);

  @TempDir Path folder;

  private final ByteArrayOutputStream written = new ByteArrayOutputStream();
  private final LogOutput output =
      new LogOutput(new PrintStream(written, true, StandardCharsets.UTF_8), CLOCK);

  private String taken() {
    String text = written.toString(StandardCharsets.UTF_8);
    written.reset();
    return text;
  }

  @Test
  void lineHasTimeThreadLevelClassAndMessage() {
    new OutputLogger("dev.varve.Any", output).info("{} of {} müssen", 1, 2);
    assertEquals(
        "05 Mar 2026 06:07:08.009 ["
            + Thread.currentThread().getName()
            + "] INFO Any - 1 of 2 müssen\n",
        taken());
  }

  @Test
  void whatWasThrownFollowsItsLine() {
    new OutputLogger("Any", output).error("for {}", "it", new IllegalStateException("why"));
    String text = taken();
    assertTrue(
        text.contains("] ERROR Any - for it\njava.lang.IllegalStateException: why\n\tat "), text);
  }

  @Test
  void levelDecidesAtAnyTimeWhatIsLogged() {
    OutputLogger own = new OutputLogger("dev.varve.Any", output);
    OutputLogger foreign = new OutputLogger("io.netty.Any", output);
    own.debug("a");
    assertEquals("", taken());
    output.least(Level.DEBUG);
    own.debug("b");
    foreign.info("c");
    foreign.warn("d");
    assertEquals(2, taken().lines().count());
    output.least(Level.WARN);
    own.info("e");
    assertFalse(own.isInfoEnabled());
    assertEquals("", taken());
    own.warn("f");
    assertTrue(taken().endsWith(" WARN Any - f\n"));
  }

  @Test
  void levelIsSetWhileTheServerRuns() throws Exception {
    try {
      Configuration configuration = ConfigurationReader.read(List.of("--loglevel", "warning"));
      Logging _ = Logging.configure(configuration);
      assertFalse(LogOutput.OF_PROCESS.takes(Level.INFO));
      assertNull(configuration.set(List.of(Map.entry("loglevel", "debug"))));
      assertTrue(LogOutput.OF_PROCESS.takes(Level.DEBUG));
      assertNull(configuration.set(List.of(Map.entry("loglevel", "notice"))));
      assertFalse(LogOutput.OF_PROCESS.takes(Level.DEBUG));
      assertTrue(LogOutput.OF_PROCESS.takes(Level.INFO));
    } finally {
      LogOutput.OF_PROCESS.least(Level.INFO);
      LogOutput.OF_PROCESS.to(System.err);
    }
  }

  @Test
  void loggersOfTheProcessAreThese() {
    assertTrue(LoggerFactory.getLogger(LogOutputTest.class) instanceof OutputLogger);
  }

  @Test
  void linesGoToTheSystemsLogToo() throws Exception {
    String socket = folder.resolve("log").toString();
    BlockingQueue<String> received = new LinkedBlockingQueue<>();
    EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    try {
      Channel channel =
          new Bootstrap()
              .group(loops)
              .channel(EpollDomainDatagramChannel.class)
              .handler(
                  new SimpleChannelInboundHandler<DomainDatagramPacket>() {
                    @Override
                    protected void channelRead0(
                        ChannelHandlerContext context, DomainDatagramPacket packet) {
                      received.add(packet.content().toString(StandardCharsets.UTF_8));
                    }
                  })
              .bind(new DomainSocketAddress(socket))
              .sync()
              .channel();
      output.alsoTo(new Syslog(socket, "varve-7", "local3"));
      String who = " varve-7[" + ProcessHandle.current().pid() + "]: Any: ";
      OutputLogger logger = new OutputLogger("dev.varve.Any", output);
      output.write(Level.INFO, "Any", "told", null);
      assertEquals("<157>Mar  5 06:07:08" + who + "told", received.take());
      logger.warn("so", new IllegalStateException("why"));
      assertEquals(
          "<156>Mar  5 06:07:08" + who + "so: java.lang.IllegalStateException: why",
          received.take());
      assertTrue(taken().contains("INFO Any - told\n"));
      channel.close().sync();
    } finally {
      loops.shutdownGracefully(0, 0, TimeUnit.SECONDS).syncUninterruptibly();
    }
  }

  /** That nobody listens there is said once, and the log goes on. */
  @Test
  void systemsLogThatIsNotThereIsToldOfOnce() {
    output.alsoTo(new Syslog(folder.resolve("none").toString(), "varve", "user"));
    output.write(Level.INFO, "Any", "one", null);
    String text = taken();
    assertTrue(text.contains("INFO Any - one\n"), text);
    assertTrue(
        text.contains(
            " WARN Syslog - The system's log is not reached: nothing can be sent to "
                + folder.resolve("none")),
        text);
    output.write(Level.INFO, "Any", "two", null);
    assertEquals(1, taken().lines().count());
  }
}
