package dev.varve.server.bootstrap;

import dev.varve.server.config.IoBackend;
import dev.varve.server.network.Transport;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** A small load generator: so many clients, each with so many requests under way. */
@Command(
    name = "bench",
    description = "Puts a server under load over the wire and tells throughput and latency.",
    sortOptions = false,
    mixinStandardHelpOptions = true)
final class BenchCommand implements Callable<Integer> {
  /** What can be measured. */
  enum Load {
    /** SET of random keys. */
    SET,
    /** GET of random keys. */
    GET
  }

  private static final double NANOS_PER_MILLI = 1e6;

  @Option(names = "--host", description = "server's host (${DEFAULT-VALUE})")
  private String host = "127.0.0.1";

  @Option(
      names = {"-p", "--port"},
      description = "server's port (${DEFAULT-VALUE})")
  private int port = 6379;

  @Option(
      names = {"-a", "--password"},
      description = "server's password")
  private String password;

  @Option(
      names = {"-c", "--clients"},
      description = "connections (${DEFAULT-VALUE})")
  private int clients = 50;

  @Option(
      names = {"-n", "--requests"},
      description = "requests of each command (${DEFAULT-VALUE})")
  private long requests = 100_000;

  @Option(
      names = {"-P", "--pipeline"},
      description = "requests under way on each connection (${DEFAULT-VALUE})")
  private int pipeline = 1;

  @Option(
      names = {"-d", "--data-size"},
      description = "bytes of a value (${DEFAULT-VALUE})")
  private int dataSize = 100;

  @Option(
      names = {"-r", "--keys"},
      description = "different keys (${DEFAULT-VALUE})")
  private int keys = 1_000_000;

  @Option(
      names = {"-t", "--commands"},
      split = ",",
      description = "commands to measure: ${COMPLETION-CANDIDATES} (SET,GET)")
  private List<Load> loads = List.of(Load.SET, Load.GET);

  @Override
  public Integer call() throws InterruptedException {
    if (clients < 1 || requests < 1 || pipeline < 1 || dataSize < 0 || keys < 1) {
      System.err.println("varve bench: numbers must be positive");
      return ExitCode.CONFIGURATION.code();
    }
    Transport transport = Transport.of(IoBackend.AUTO);
    EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, transport.ioHandlers());
    try {
      Class<? extends Channel> type =
          transport.name().equals("epoll") ? EpollSocketChannel.class : NioSocketChannel.class;
      for (Load load : loads) {
        BenchRun run = new BenchRun(load, requests, pipeline, dataSize, keys, password);
        connect(group, type, run);
        run.await();
        if (run.failure() != null) {
          System.err.println("varve bench: " + run.failure());
          return ExitCode.FAILURE.code();
        }
        System.out.println(report(load, run));
      }
      return ExitCode.OK.code();
    } finally {
      group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }
  }

  private void connect(EventLoopGroup group, Class<? extends Channel> type, BenchRun run) {
    Bootstrap bootstrap =
        new Bootstrap()
            .group(group)
            .channel(type)
            .handler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel.pipeline().addLast(run.newClient());
                  }
                });
    for (int i = 0; i < clients; i++) {
      ChannelFuture connected = bootstrap.connect(host, port).awaitUninterruptibly();
      if (!connected.isSuccess()) {
        run.fail("can't connect: " + connected.cause().getMessage());
        return;
      }
    }
    group.execute(run::begin);
  }

  private String report(Load load, BenchRun run) {
    Histogram latency = run.latency();
    return String.format(
        Locale.ROOT,
        "%s: %,.0f requests/s (%d clients, pipeline %d, %d bytes); latency ms: p50 %.3f, p99 %.3f,"
            + " p99.9 %.3f, max %.3f",
        load,
        run.perSecond(),
        clients,
        pipeline,
        dataSize,
        latency.getValueAtPercentile(50) / NANOS_PER_MILLI,
        latency.getValueAtPercentile(99) / NANOS_PER_MILLI,
        latency.getValueAtPercentile(99.9) / NANOS_PER_MILLI,
        latency.getMaxValue() / NANOS_PER_MILLI);
  }
}
