package dev.varve.server.network;

import dev.varve.server.dispatch.Session;
import dev.varve.server.metrics.LoopStatistics;
import dev.varve.server.tls.TlsOnPlainPort;
import dev.varve.server.tls.TlsPort;
import dev.varve.server.writer.TurnLoop;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ReflectiveChannelFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.unix.UnixChannel;
import io.netty.channel.uring.IoUringChannelOption;
import io.netty.channel.uring.IoUringSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Listens, and takes connections in. */
public final class NetworkServer {
  private static final Logger LOG = LoggerFactory.getLogger(NetworkServer.class);

  private static final String TOO_MANY_CLIENTS = "-ERR max number of clients reached\r\n";
  private static final String DENIED =
      "-DENIED Varve is running in protected mode because protected mode is enabled and no password"
          + " is set. In this mode connections are only accepted from the loopback interface. To"
          + " connect from other machines, do one of these: 1) set a password with the directive"
          + " 'requirepass'; 2) if no stranger can reach this port, disable protected mode with"
          + " 'CONFIG SET protected-mode no' from this machine, or with the directive"
          + " 'protected-mode no' and a restart.\r\n";

  /** A port whose sockets are being closed is tried again so often, for a second in all. */
  private static final int MOST_TRIES = 500;

  private static final long TRY_AGAIN_NANOS = 2_000_000;

  private final Transport transport;
  private final EventLoopGroup group;
  private final ServerContext server;
  private final Clients clients;
  private final Map<TurnLoop, ConnectionLoop> loops = new LinkedHashMap<>();
  private final List<Channel> listening = new CopyOnWriteArrayList<>();

  /** Of the loop that listens apart from the others; null: they do. */
  private volatile EventLoopGroup acceptor;

  /** Null: there is none. */
  private UnixSocketFile unixSocket;

  /**
   * Prepares; call {@link #start} next.
   *
   * @param group of the loops that connections live on
   * @param onStorageThread whether that is the storage thread's loop
   */
  public NetworkServer(
      Transport transport, TurnLoopGroup group, boolean onStorageThread, ServerContext server) {
    this.transport = transport;
    this.group = group;
    this.server = server;
    this.clients = new Clients(server, this::countedMemory);
    for (TurnLoop eventLoop : group.loops()) {
      ConnectionLoop loop = new ConnectionLoop(eventLoop, server, clients, onStorageThread);
      loops.put(eventLoop, loop);
      server.storage().addListener(loop);
    }
  }

  /** Returns the open connections. */
  public Clients clients() {
    return clients;
  }

  /** Returns what the loops count, one each. */
  public List<LoopStatistics> statistics() {
    return loops.values().stream().map(ConnectionLoop::statistics).toList();
  }

  /** Returns bytes of replies that clients have not taken. */
  public long unsentBytes() {
    return server.outputBudget().used();
  }

  /** Returns bytes that requests and replies of all clients take. */
  public long clientBytes() {
    return server.inputBudget().used() + server.outputBudget().used();
  }

  private long countedMemory() {
    long sum = 0;
    for (ConnectionLoop loop : loops.values()) {
      sum += loop.statistics().clientMemory.sum();
    }
    return sum;
  }

  /** Begins the loops' turns; the storage thread's turn ends with the commit. */
  public void start() {
    TurnLoop storageLoop = server.storage().loop();
    ConnectionLoop onStorageThread = loops.get(storageLoop);
    storageLoop.endOfTurn(
        () -> {
          if (onStorageThread != null) {
            onStorageThread.endOfInput();
          }
          server.storage().endTurn();
          server.endStorageTurn();
          if (onStorageThread != null) {
            onStorageThread.endTurn();
          }
        });
    for (ConnectionLoop loop : loops.values()) {
      if (loop != onStorageThread) {
        loop.eventLoop()
            .endOfTurn(
                () -> {
                  loop.endOfInput();
                  loop.endTurn();
                });
      }
      loop.start();
    }
  }

  /**
   * Listens on TCP addresses; whoever connects waits until the listener is told to accept.
   *
   * @param addresses names or numbers; {@code *} and {@code ::*} for all; a leading {@code -} for
   *     one that may be missing on this machine
   * @param port 0: one that the system chooses
   * @param tls what clients speak there; null: none
   * @throws IOException if an address can't be listened on; the message names it
   */
  public TcpListener listen(List<String> addresses, int port, int backlog, TlsPort tls)
      throws IOException {
    if (!transport.closesAtOnce()) {
      // Who closes it and takes its port again may be a loop, which can't do its own part
      // meanwhile.
      acceptApart();
    }
    List<Channel> bound = new ArrayList<>();
    int boundPort = port;
    boolean all = false;
    for (String address : addresses) {
      boolean optional = address.startsWith("-");
      String name = optional ? address.substring(1) : address;
      try {
        InetSocketAddress socket = new InetSocketAddress(resolve(name), boundPort);
        if (socket.getAddress().isAnyLocalAddress()) {
          if (all && !transport.keepsFamiliesApart()) {
            continue;
          }
          all = true;
        }
        Channel channel = bind(transport.tcpAt(socket), socket, backlog, tls, false);
        bound.add(channel);
        boundPort = ((InetSocketAddress) channel.localAddress()).getPort();
      } catch (IOException e) {
        if (!optional || isTaken(e)) {
          new TcpListener(this, addresses, port, boundPort, backlog, tls, bound).close();
          throw new IOException(
              "can't listen on " + name + ":" + boundPort + ": " + e.getMessage(), e);
        }
        LOG.debug("Not listening on {}: {}", name, e.getMessage());
      }
    }
    return new TcpListener(this, addresses, port, boundPort, backlog, tls, bound);
  }

  /**
   * As {@link #listen}, at a port that was listened on until now, whose sockets may take a moment
   * more to be closed.
   */
  TcpListener listenAgain(List<String> addresses, int port, int backlog, TlsPort tls)
      throws IOException {
    int tries = transport.closesAtOnce() ? 1 : MOST_TRIES;
    while (true) {
      try {
        return listen(addresses, port, backlog, tls);
      } catch (IOException e) {
        tries--;
        if (tries == 0 || !isTaken(e)) {
          throw e;
        }
        LockSupport.parkNanos(TRY_AGAIN_NANOS);
      }
    }
  }

  /**
   * From now on a thread of its own listens: who asks for a port may be one of the loops, and loops
   * must not wait for each other. Not by several threads at once.
   */
  public void acceptApart() {
    if (acceptor == null) {
      acceptor =
          new MultiThreadIoEventLoopGroup(
              1, new DefaultThreadFactory("varve-accept"), transport.ioHandlers());
    }
  }

  /** The channel listens no longer. */
  void forget(Channel channel) {
    listening.remove(channel);
  }

  private static boolean isTaken(IOException e) {
    return String.valueOf(e.getMessage()).contains("in use");
  }

  /** Returns whether there is anything that clients can connect to. */
  public boolean isListening() {
    return !listening.isEmpty();
  }

  /**
   * Listens on a unix socket, in place of one that an earlier process has left.
   *
   * @param permissions bits of its file; 0: as the process makes files
   * @throws IOException if that can't be, or somebody listens there; the message names the path
   */
  public void listenUnix(String path, int permissions, int backlog) throws IOException {
    UnixSocketFile file = new UnixSocketFile(Path.of(path));
    // Before anybody can connect to it.
    unixSocket = file;
    try {
      file.place(
          permissions,
          draft ->
              bind(
                  new ReflectiveChannelFactory<>(transport.unix()),
                  transport.unixAddress(draft.toString()),
                  backlog,
                  null,
                  true));
    } catch (IOException e) {
      unixSocket = null;
      throw new IOException("can't listen on " + path + ": " + e.getMessage(), e);
    }
  }

  private Channel bind(
      ChannelFactory<? extends ServerChannel> channels,
      SocketAddress address,
      int backlog,
      TlsPort tls,
      boolean accepts)
      throws IOException {
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(acceptor == null ? group : acceptor, group)
            .channelFactory(channels)
            .option(ChannelOption.AUTO_READ, accepts)
            .option(ChannelOption.SO_BACKLOG, backlog)
            .option(ChannelOption.ALLOCATOR, server.allocator())
            .childOption(ChannelOption.ALLOCATOR, server.allocator())
            .childHandler(new Acceptor(tls));
    if (transport.isOnlyIpv6(address)) {
      bootstrap.option(Transport.IPV6_ONLY, 1);
    }
    ChannelFuture bound = bootstrap.bind(address).awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw bound.cause() instanceof IOException e
          ? e
          : new IOException(bound.cause().getMessage(), bound.cause());
    }
    // After Netty's own, which has accepting pause for a second.
    bound.channel().pipeline().addLast(new AcceptFailures());
    listening.add(bound.channel());
    return bound.channel();
  }

  /** Tells, but not each second, that connections can't be accepted: for want of files, mostly. */
  private final class AcceptFailures extends ChannelInboundHandlerAdapter {
    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      server
          .failures()
          .log(
              server.clock().getAsLong(),
              more -> LOG.warn("No connection can be accepted: {}{}", cause.getMessage(), more));
    }
  }

  private static InetAddress resolve(String name) throws UnknownHostException {
    return switch (name) {
      case "*" -> InetAddress.getByAddress(new byte[4]);
      case "::*" -> InetAddress.getByAddress(new byte[16]);
      default -> InetAddress.getByName(name);
    };
  }

  /**
   * Takes in a connection that came by no port that is listened on.
   *
   * @param channel whose own loop need not be the one that the connection lives on
   * @return whether there was a place for it
   */
  public boolean takeIn(TurnLoop loop, Channel channel, Session.Place place) {
    if (!clients.enter(server.limits().maxClients())) {
      return false;
    }
    begin(loops.get(loop), channel, place);
    return true;
  }

  /** A connection that has got its place begins. */
  private void begin(ConnectionLoop loop, Channel channel, Session.Place place) {
    Session session =
        new Session(
            clients.newId(),
            place,
            server.clock().getAsLong(),
            server.users().defaultUser(),
            !server.users().askForPassword());
    channel.pipeline().addLast(new Connection(loop, clients, channel, session));
  }

  /** Takes no more connections, and closes those there are. */
  public void close() {
    for (Channel channel : listening) {
      channel.close().awaitUninterruptibly();
    }
    if (acceptor != null) {
      acceptor.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }
    if (unixSocket != null) {
      unixSocket.remove();
    }
    for (Session session : clients.sessions()) {
      clients.kill(session);
    }
  }

  /** Takes one connection in, or turns it away. */
  private final class Acceptor extends ChannelInitializer<Channel> {
    /** Null: none. */
    private final TlsPort tls;

    Acceptor(TlsPort tls) {
      this.tls = tls;
    }

    @Override
    protected void initChannel(Channel channel) {
      ConnectionLoop loop = loops.get((TurnLoop) channel.eventLoop());
      loop.statistics().connections.add(1);
      boolean local = isLocal(channel);
      if (server.limits().protectedMode() && server.users().defaultNeedsNoPassword() && !local) {
        turnAway(loop, channel, DENIED, "protected-mode");
      } else if (!clients.enter(server.limits().maxClients())) {
        turnAway(loop, channel, TOO_MANY_CLIENTS, "maxclients");
      } else {
        setOptions(channel);
        if (tls != null) {
          tls.addTo(channel);
        } else if (channel instanceof SocketChannel) {
          channel.pipeline().addLast(new TlsOnPlainPort(server.clock(), server.warnings()));
        }
        begin(loop, channel, place(channel));
      }
    }

    private void turnAway(ConnectionLoop loop, Channel channel, String error, String reason) {
      loop.statistics().rejectedConnections.add(1);
      if (tls != null) {
        // As in Redis for one too many: without a handshake there is no way to tell.
        warn(channel, reason);
        ChannelFuture _ = channel.close();
        return;
      }
      channel
          .writeAndFlush(Unpooled.copiedBuffer(error, StandardCharsets.US_ASCII))
          .addListener(ChannelFutureListener.CLOSE);
    }

    private void warn(Channel channel, String reason) {
      server
          .warnings()
          .log(
              server.clock().getAsLong(),
              more ->
                  LOG.warn(
                      "Client at {} is turned away from the TLS port: {}{}",
                      name(false, channel.remoteAddress()),
                      reason,
                      more));
    }

    private static boolean isLocal(Channel channel) {
      return !(channel.remoteAddress() instanceof InetSocketAddress remote)
          || remote.getAddress().isLoopbackAddress();
    }

    private void setOptions(Channel channel) {
      // Who sends nothing more still gets the replies to what it has sent.
      channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
      if (!(channel instanceof SocketChannel)) {
        return;
      }
      channel.config().setOption(ChannelOption.TCP_NODELAY, true);
      int seconds = server.limits().keepAliveSeconds();
      if (seconds == 0) {
        return;
      }
      channel.config().setOption(ChannelOption.SO_KEEPALIVE, true);
      int interval = Math.max(1, seconds / 3);
      if (channel instanceof EpollSocketChannel) {
        channel.config().setOption(EpollChannelOption.TCP_KEEPIDLE, seconds);
        channel.config().setOption(EpollChannelOption.TCP_KEEPINTVL, interval);
        channel.config().setOption(EpollChannelOption.TCP_KEEPCNT, 3);
      } else if (channel instanceof IoUringSocketChannel) {
        channel.config().setOption(IoUringChannelOption.TCP_KEEPIDLE, seconds);
        channel.config().setOption(IoUringChannelOption.TCP_KEEPINTVL, interval);
        channel.config().setOption(IoUringChannelOption.TCP_KEEPCNT, 3);
      }
    }

    private Session.Place place(Channel channel) {
      boolean unix = transport.unix().isInstance(channel.parent());
      int descriptor = channel instanceof UnixChannel known ? known.fd().intValue() : -1;
      return new Session.Place(
          name(unix, channel.remoteAddress()),
          name(unix, channel.localAddress()),
          unix,
          descriptor);
    }

    /** Returns an address as clients are told of it; both ends of a unix socket are its path. */
    private String name(boolean unix, SocketAddress address) {
      if (address instanceof InetSocketAddress inet) {
        String host = inet.getAddress().getHostAddress();
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + inet.getPort();
      }
      return unix && unixSocket != null ? unixSocket.path() + ":0" : "?:0";
    }
  }
}
