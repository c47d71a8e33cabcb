import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.redisson.Redisson;
import org.redisson.api.BatchOptions;
import org.redisson.api.RBatch;
import org.redisson.api.RBlockingQueue;
import org.redisson.api.RLock;
import org.redisson.api.RMapCache;
import org.redisson.api.RPermitExpirableSemaphore;
import org.redisson.api.RRateLimiter;
import org.redisson.api.RTransaction;
import org.redisson.api.RateType;
import org.redisson.api.RedissonClient;
import org.redisson.api.TransactionOptions;
import org.redisson.api.options.LocalCachedMapOptions;
import org.redisson.api.stream.StreamAddArgs;
import org.redisson.api.stream.StreamCreateGroupArgs;
import org.redisson.api.stream.StreamReadGroupArgs;
import org.redisson.config.Config;
import org.redisson.config.Protocol;

/** Redisson's locks, semaphores, limiters, queues, maps and topics, in RESP2 and RESP3. */
public final class UsesRedisson {
  public static void main(String[] arguments) throws Exception {
    for (Protocol protocol : Protocol.values()) {
      Config config = new Config();
      config.setProtocol(protocol);
      config.useSingleServer().setAddress("redis://127.0.0.1:" + System.getenv("PORT"));
      RedissonClient redisson = Redisson.create(config);
      redisson.getKeys().flushall();
      locks(redisson);
      limits(redisson);
      collections(redisson);
      messages(redisson);
      redisson.shutdown();
    }
  }

  private static void locks(RedissonClient redisson) throws Exception {
    RLock lock = redisson.getLock("lock");
    lock.lock(30, TimeUnit.SECONDS);
    ConcurrentLinkedQueue<String> order = new ConcurrentLinkedQueue<>();
    Thread other = Thread.ofPlatform().start(() -> inside(redisson.getLock("lock"), order, "other"));
    expect(true, lock.isHeldByCurrentThread() && lock.remainTimeToLive() > 0);
    order.add("first");
    lock.unlock();
    other.join();
    expect(List.of("first", "other"), List.copyOf(order));

    RLock fair = redisson.getFairLock("fair");
    fair.lock();
    order.clear();
    List<Thread> waiting = new ArrayList<>();
    for (String name : List.of("a", "b", "c")) {
      waiting.add(Thread.ofPlatform().start(() -> inside(redisson.getFairLock("fair"), order, name)));
      // One waits before the next comes.
      int behind = waiting.size();
      while (redisson.getDeque("redisson_lock_queue:{fair}").size() < behind) {
        Thread.sleep(5);
      }
    }
    fair.unlock();
    for (Thread thread : waiting) {
      thread.join();
    }
    expect(List.of("a", "b", "c"), List.copyOf(order));
    RLock writing = redisson.getReadWriteLock("both").writeLock();
    redisson.getReadWriteLock("both").readLock().lock();
    redisson.getReadWriteLock("both").readLock().unlock();
    expect(true, writing.tryLock());
    writing.unlock();
  }

  private static void inside(RLock lock, ConcurrentLinkedQueue<String> order, String name) {
    lock.lock();
    order.add(name);
    lock.unlock();
  }

  private static void limits(RedissonClient redisson) throws Exception {
    RPermitExpirableSemaphore semaphore = redisson.getPermitExpirableSemaphore("semaphore");
    semaphore.trySetPermits(1);
    expect(true, semaphore.acquire(500, TimeUnit.MILLISECONDS) != null);
    expect(true, semaphore.tryAcquire() == null);
    expect(true, semaphore.tryAcquire(30, TimeUnit.SECONDS) != null);
    RRateLimiter limiter = redisson.getRateLimiter("limiter");
    limiter.trySetRate(RateType.OVERALL, 5, Duration.ofHours(1));
    int passed = 0;
    for (int i = 0; i < 10; i++) {
      passed += limiter.tryAcquire() ? 1 : 0;
    }
    expect(5, passed);
    redisson.getCountDownLatch("latch").trySetCount(1);
    Thread.ofPlatform().start(() -> redisson.getCountDownLatch("latch").countDown());
    redisson.getCountDownLatch("latch").await();
  }

  private static void collections(RedissonClient redisson) throws Exception {
    RMapCache<String, String> cache = redisson.getMapCache("cache");
    cache.put("short", "x", 200, TimeUnit.MILLISECONDS);
    cache.put("long", "y");
    expect("x", cache.get("short"));
    while (cache.get("short") != null) {
      Thread.sleep(10);
    }
    expect("y", cache.get("long"));
    var local = redisson.getLocalCachedMap(LocalCachedMapOptions.<String, Integer>name("local"));
    local.put("a", 1);
    expect(1, local.get("a"));
    var scored = redisson.getScoredSortedSet("scored");
    scored.add(1, "a");
    scored.add(2, "b");
    expect(1, scored.rank("b"));
    expect("a", scored.pollFirst());
    RBatch batch =
        redisson.createBatch(
            BatchOptions.defaults().executionMode(BatchOptions.ExecutionMode.REDIS_WRITE_ATOMIC));
    var _ = batch.getAtomicLong("n").incrementAndGetAsync();
    var _ = batch.getAtomicLong("n").incrementAndGetAsync();
    expect(List.of(1L, 2L), batch.execute().getResponses());
    RTransaction transaction = redisson.createTransaction(TransactionOptions.defaults());
    transaction.getMap("map").put("x", "y");
    transaction.commit();
    expect("y", redisson.getMap("map").get("x"));
    var filter = redisson.getBloomFilter("filter");
    filter.tryInit(1000, 0.001);
    filter.add("x");
    expect(true, filter.contains("x"));
    expect(Set.of("a"), addTo(redisson, "a"));
  }

  private static Set<Object> addTo(RedissonClient redisson, String member) {
    redisson.getSet("set").add(member);
    return redisson.getSet("set").readAll();
  }

  private static void messages(RedissonClient redisson) throws Exception {
    RBlockingQueue<String> queue = redisson.getBlockingQueue("queue");
    Thread.ofPlatform().start(() -> redisson.getBlockingQueue("queue").add("element"));
    expect("element", queue.poll(30, TimeUnit.SECONDS));
    CountDownLatch heard = new CountDownLatch(2);
    redisson.getTopic("topic").addListener(String.class, (channel, message) -> heard.countDown());
    redisson.getTopic("topic").publish("hello");
    redisson
        .getReliableTopic("reliable")
        .addListener(String.class, (channel, message) -> heard.countDown());
    redisson.getReliableTopic("reliable").publish("hello");
    expect(true, heard.await(30, TimeUnit.SECONDS));
    var stream = redisson.<String, String>getStream("stream");
    stream.createGroup(StreamCreateGroupArgs.name("group").makeStream());
    stream.add(StreamAddArgs.entry("field", "value"));
    expect(1, stream.readGroup("group", "me", StreamReadGroupArgs.neverDelivered()).size());
  }

  private static void expect(Object wanted, Object got) {
    if (!wanted.equals(got)) {
      throw new AssertionError(got + " in place of " + wanted);
    }
  }
}
