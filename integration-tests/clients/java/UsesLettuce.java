import io.lettuce.core.ClientOptions;
import io.lettuce.core.Range;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SslOptions;
import io.lettuce.core.TrackingArgs;
import io.lettuce.core.TransactionResult;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.support.caching.CacheAccessor;
import io.lettuce.core.support.caching.CacheFrontend;
import io.lettuce.core.support.caching.ClientSideCaching;
import java.io.File;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Lettuce, in the clear and over TLS: sync, async and reactive, transactions, channels, client-side
 * caching, reconnects.
 */
public final class UsesLettuce {
  public static void main(String[] arguments) throws Exception {
    RedisClient plain =
        RedisClient.create(RedisURI.create("127.0.0.1", Integer.parseInt(System.getenv("PORT"))));
    play(plain);
    RedisClient encrypted =
        RedisClient.create(RedisURI.create("rediss://localhost:" + System.getenv("TLS_PORT")));
    encrypted.setOptions(
        ClientOptions.builder()
            .sslOptions(
                SslOptions.builder()
                    .trustManager(new File(System.getenv("TLS_CERTIFICATE")))
                    .build())
            .build());
    play(encrypted);
  }

  private static void play(RedisClient client) throws Exception {
    StatefulRedisConnection<String, String> connection = client.connect();
    RedisCommands<String, String> sync = connection.sync();
    sync.flushall();
    expect("OK", sync.set("key", "value"));
    sync.hset("hash", Map.of("f", "v"));
    expect(Map.of("f", "v"), sync.hgetall("hash"));
    sync.multi();
    sync.incr("n");
    sync.get("key");
    TransactionResult result = sync.exec();
    expect(List.of(1L, "value"), List.of(result.get(0), result.get(1)));

    List<RedisFuture<Long>> futures = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      futures.add(connection.async().incr("counter"));
    }
    expect(10_000L, futures.getLast().get(30, TimeUnit.SECONDS));
    expect(
        List.of("a", "b"),
        connection
            .reactive()
            .rpush("list", "a", "b")
            .thenMany(connection.reactive().lrange("list", 0, -1))
            .collectList()
            .block());
    expect(0, sync.zrangebyscore("zset", Range.create(1, 2)).size());

    var subscriber = client.connectPubSub();
    CountDownLatch heard = new CountDownLatch(1);
    subscriber.addListener(
        new RedisPubSubAdapter<String, String>() {
          @Override
          public void message(String channel, String message) {
            heard.countDown();
          }
        });
    subscriber.sync().subscribe("news");
    sync.publish("news", "hello");
    expect(true, heard.await(30, TimeUnit.SECONDS));

    Map<String, String> copies = new ConcurrentHashMap<>();
    StatefulRedisConnection<String, String> caching = client.connect();
    CacheFrontend<String, String> frontend =
        ClientSideCaching.enable(
            CacheAccessor.forMap(copies), caching, TrackingArgs.Builder.enabled());
    for (int i = 0; i < 200; i++) {
      sync.set("cached", "" + i);
      while (!("" + i).equals(frontend.get("cached"))) {
        Thread.onSpinWait();
      }
    }

    expect(0, new ProcessBuilder(System.getenv("RESTART")).inheritIO().start().waitFor());
    expect("value", sync.get("key"));
    client.shutdown();
  }

  private static void expect(Object wanted, Object got) {
    if (!wanted.equals(got)) {
      throw new AssertionError(got + " in place of " + wanted);
    }
  }
}
