import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.ProtocolVersion;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.RedisOptions;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Vert.x's client in RESP2 and RESP3, and over TLS: types, batches, transactions, scripts,
 * channels, blocking; its pool dials anew after a kill.
 */
public final class UsesVertx {
  public static void main(String[] arguments) throws Exception {
    Vertx vertx = Vertx.vertx();
    try {
      String plain = "redis://127.0.0.1:" + System.getenv("PORT");
      play(vertx, new RedisOptions().setConnectionString(plain).setProtocolNegotiation(false));
      for (ProtocolVersion version : ProtocolVersion.values()) {
        play(
            vertx,
            new RedisOptions().setConnectionString(plain).setPreferredProtocolVersion(version));
      }
      play(
          vertx,
          new RedisOptions()
              .setConnectionString("rediss://localhost:" + System.getenv("TLS_PORT"))
              .setNetClientOptions(
                  new NetClientOptions()
                      .setSsl(true)
                      .setHostnameVerificationAlgorithm("HTTPS")
                      .setTrustOptions(
                          new PemTrustOptions().addCertPath(System.getenv("TLS_CERTIFICATE")))));
    } finally {
      await(vertx.close());
    }
  }

  private static void play(Vertx vertx, RedisOptions options) throws Exception {
    boolean maps =
        options.isProtocolNegotiation()
            && options.getPreferredProtocolVersion() != ProtocolVersion.RESP2;
    Redis redis =
        Redis.createClient(
            vertx,
            options
                .setMaxPoolSize(8)
                .setMaxPoolWaiting(10_000)
                .setMaxWaitingHandlers(10_000));
    send(redis, Command.FLUSHALL);
    expect("OK", send(redis, Command.SET, "key", "value", "PX", 100_000, "NX").toString());
    expect(null, send(redis, Command.SET, "key", "other", "NX"));
    byte[] bytes = new byte[256];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) i;
    }
    send(redis, Command.SET, "bytes", Buffer.buffer(bytes));
    expect(Buffer.buffer(bytes), send(redis, Command.GET, "bytes").toBuffer());
    send(redis, Command.HSET, "hash", "f", "v", "g", "w");
    Response hash = send(redis, Command.HGETALL, "hash");
    expect(maps, hash.isMap());
    expect("w", hash.get("g").toString());
    send(redis, Command.ZADD, "zset", 1.5, "a", 2, "b");
    Response score = send(redis, Command.ZSCORE, "zset", "a");
    expect(maps ? ResponseType.NUMBER : ResponseType.BULK, score.type());
    expect(1.5, score.toDouble());
    send(redis, Command.SADD, "set", "x", "y");
    expect(2, send(redis, Command.SMEMBERS, "set").size());
    Throwable refused = failure(redis.send(Request.cmd(Command.LPUSH, "key", "x")));
    expect(true, refused.getMessage().startsWith("WRONGTYPE "));

    List<Request> batch = new ArrayList<>();
    for (int i = 0; i < 5000; i++) {
      batch.add(Request.cmd(Command.INCR, "counter"));
    }
    expect(5000, await(redis.batch(batch)).getLast().toInteger());
    List<Future<Response>> sent = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      sent.add(redis.send(Request.cmd(Command.SET, "scanned:" + i, i)));
    }
    await(Future.all(sent));
    Set<String> found = new HashSet<>();
    String cursor = "0";
    do {
      Response page = send(redis, Command.SCAN, cursor, "MATCH", "scanned:*", "COUNT", 100);
      cursor = page.get(0).toString();
      page.get(1).forEach(name -> found.add(name.toString()));
    } while (!cursor.equals("0"));
    expect(500, found.size());

    transact(redis);
    expect(
        "[k, a, 3]",
        send(redis, Command.EVAL, "return {KEYS[1], ARGV[1], 3}", 1, "k", "a").toString());
    send(redis, Command.XGROUP, "CREATE", "stream", "group", "$", "MKSTREAM");
    String id = send(redis, Command.XADD, "stream", "*", "field", "value").toString();
    Response read =
        send(redis, Command.XREADGROUP, "GROUP", "group", "me", "STREAMS", "stream", ">");
    Response entries = maps ? read.get("stream") : read.get(0).get(1);
    expect(id, entries.get(0).get(0).toString());
    hear(redis);

    expect(0, new ProcessBuilder(System.getenv("RESTART")).inheritIO().start().waitFor());
    // What is under way on a connection that breaks fails; the pool dials anew.
    Future<Response> back;
    do {
      back = redis.send(Request.cmd(Command.GET, "key"));
      back.toCompletionStage().toCompletableFuture().exceptionally(lost -> null).get();
    } while (back.failed());
    expect("value", back.result().toString());
    await(redis.close());
  }

  private static void transact(Redis redis) throws Exception {
    RedisConnection connection = await(redis.connect());
    await(connection.send(Request.cmd(Command.WATCH, "counter")));
    await(connection.send(Request.cmd(Command.MULTI)));
    expect("QUEUED", await(connection.send(Request.cmd(Command.INCR, "counter"))).toString());
    expect("QUEUED", await(connection.send(Request.cmd(Command.GET, "key"))).toString());
    expect("[5001, value]", await(connection.send(Request.cmd(Command.EXEC))).toString());
    await(connection.send(Request.cmd(Command.WATCH, "counter")));
    send(redis, Command.INCR, "counter");
    await(connection.send(Request.cmd(Command.MULTI)));
    await(connection.send(Request.cmd(Command.INCR, "counter")));
    expect(null, await(connection.send(Request.cmd(Command.EXEC))));
    await(connection.close());
  }

  private static void hear(Redis redis) throws Exception {
    RedisConnection waiting = await(redis.connect());
    Future<Response> popped = waiting.send(Request.cmd(Command.BLPOP, "queue", 0));
    send(redis, Command.RPUSH, "queue", "element");
    expect("[queue, element]", await(popped).toString());
    BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    waiting.handler(message -> heard.add(message.toString()));
    await(waiting.send(Request.cmd(Command.SUBSCRIBE, "news")));
    expect(1, send(redis, Command.PUBLISH, "news", "hello").toInteger());
    String message;
    do {
      message = heard.poll(30, TimeUnit.SECONDS);
    } while (message != null && !message.equals("[message, news, hello]"));
    expect("[message, news, hello]", message);
    await(waiting.close());
  }

  private static Response send(Redis redis, Command command, Object... arguments)
      throws Exception {
    return await(redis.send(Request.cmd(command, arguments)));
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
  }

  private static Throwable failure(Future<?> future) throws Exception {
    return future
        .toCompletionStage()
        .handle((result, thrown) -> thrown)
        .toCompletableFuture()
        .get(60, TimeUnit.SECONDS);
  }

  private static void expect(Object wanted, Object got) {
    if (wanted == null ? got != null : !wanted.equals(got)) {
      throw new AssertionError(got + " in place of " + wanted);
    }
  }
}
