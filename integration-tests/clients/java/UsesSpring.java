import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.springframework.data.redis.cache.RedisCacheManager;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.core.RedisTemplate;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.data.redis.core.script.DefaultRedisScript;
import org.springframework.data.redis.listener.PatternTopic;
import org.springframework.data.redis.listener.RedisMessageListenerContainer;
import org.springframework.data.redis.serializer.RedisSerializer;
import org.springframework.session.data.redis.RedisIndexedSessionRepository;
import org.springframework.session.Session;

/** Spring Data Redis: templates, scripts, caches, expiry events; and Spring Session. */
public final class UsesSpring {
  public static void main(String[] arguments) throws Exception {
    LettuceConnectionFactory factory =
        new LettuceConnectionFactory("127.0.0.1", Integer.parseInt(System.getenv("PORT")));
    factory.afterPropertiesSet();
    factory.start();
    StringRedisTemplate template = new StringRedisTemplate(factory);
    template.execute(
        connection -> {
          connection.serverCommands().flushAll();
          connection.serverCommands().setConfig("notify-keyspace-events", "Ex");
          return null;
        },
        true);
    template.opsForValue().set("key", "value", Duration.ofMinutes(5));
    expect("value", template.opsForValue().get("key"));
    template.opsForHash().putAll("hash", Map.of("f", "v"));
    expect(Map.of("f", "v"), template.opsForHash().entries("hash"));
    template.opsForZSet().add("zset", "a", 1.5);
    expect(1.5, template.opsForZSet().score("zset", "a"));
    expect(
        List.of("key", "x"),
        template.execute(
            new DefaultRedisScript<>("return {KEYS[1], ARGV[1]}", List.class), List.of("key"), "x"));

    CountDownLatch expired = new CountDownLatch(1);
    RedisMessageListenerContainer listeners = new RedisMessageListenerContainer();
    listeners.setConnectionFactory(factory);
    listeners.addMessageListener(
        (message, pattern) -> expired.countDown(), new PatternTopic("__keyevent@*__:expired"));
    listeners.afterPropertiesSet();
    listeners.start();
    template.opsForValue().set("short", "x", Duration.ofMillis(200));
    expect(true, expired.await(30, TimeUnit.SECONDS));

    var cache = RedisCacheManager.create(factory).getCache("cache");
    expect("made", cache.get("k", () -> "made"));
    expect("made", cache.get("k", String.class));
    cache.clear();
    while (cache.get("k") != null) {
      // It is cleared behind the caller's back.
      Thread.sleep(5);
    }

    sessions(factory);
    listeners.destroy();
    factory.destroy();
  }

  private static void sessions(LettuceConnectionFactory factory) {
    RedisTemplate<String, Object> template = new RedisTemplate<>();
    template.setKeySerializer(RedisSerializer.string());
    template.setHashKeySerializer(RedisSerializer.string());
    template.setConnectionFactory(factory);
    template.afterPropertiesSet();
    RedisIndexedSessionRepository repository = new RedisIndexedSessionRepository(template);
    var session = repository.createSession();
    session.setAttribute("n", 5);
    repository.save(session);
    Session found = repository.findById(session.getId());
    expect(5, found.<Integer>getAttribute("n"));
    repository.deleteById(session.getId());
    expect(true, repository.findById(session.getId()) == null);
    repository.destroy();
  }

  private static void expect(Object wanted, Object got) {
    if (!wanted.equals(got)) {
      throw new AssertionError(got + " in place of " + wanted);
    }
  }
}
