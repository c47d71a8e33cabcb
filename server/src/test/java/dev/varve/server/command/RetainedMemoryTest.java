package dev.varve.server.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.varve.server.dispatch.Session;
import dev.varve.server.testing.CommandHarness;
import dev.varve.server.testing.FakeEngine;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What a command has read is let go of when it ends. The heap has room for a longest value that is
 * read and for one in a batch, not for one that the command before has left: at {@code maxmemory
 * 256mb} that ended the process.
 */
class RetainedMemoryTest {
  private static final int VALUE_BYTES = (1 << 20) - 12;
  private static final int LARGE = 1_000_000;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET string",
        "GETRANGE string 0 -1",
        "APPEND string x",
        "SETRANGE string 5 x",
        "GETDEL string",
        "COPY string other",
        "GET chunked",
        "STRLEN chunked",
        "APPEND chunked x",
        "GETSET chunked x",
        "BITCOUNT chunked",
        "BITOP NOT other chunked",
        "LCS chunked other",
        "DUMP chunked",
        "OBJECT ENCODING chunked",
        "HGET hash large",
        "HGETALL hash",
        "HSET hash large x",
        "HSETNX hash large x",
        "HSTRLEN hash large",
        "HRANDFIELD hash 3 WITHVALUES",
        "HRANDFIELD hash -3 WITHVALUES",
        "HSCAN hash 0",
        "HINCRBY hash large 1",
        "HPEXPIRE hash 100000 FIELDS 1 large",
        "SORT names BY nosort GET *",
        "LINDEX list 0",
        "LRANGE list 0 -1",
        "LPOP list",
        "LSET list 0 x",
        "LINSERT list BEFORE small x",
        "LREM list 1 small",
        "LPOS list small",
        "LMOVE list other LEFT LEFT",
        "SMEMBERS set",
        "SPOP set",
        "SRANDMEMBER set",
        "SUNION set set",
        "ZRANGE sorted 0 -1",
        "ZPOPMIN sorted",
        "ZSCORE sorted small",
        "XRANGE stream - +",
        "XREAD STREAMS stream 0",
        "XDEL stream 1-1",
        "MGET string chunked",
        "EVAL return(redis.call('GET','string')) 0",
      })
  void nothingThatACommandHasReadOutlivesIt(String command) throws IllegalAccessException {
    FakeEngine engine = new FakeEngine(1, 1);
    CommandHarness server = new CommandHarness(engine, 1);
    server.limits().chunks(LARGE, 8192);
    Session session = server.connect();
    String large = "v".repeat(VALUE_BYTES);
    server.execute(session, "SET", "string", large);
    server.execute(session, "SET", "chunked", large);
    server.execute(session, "SETRANGE", "chunked", "7", "x");
    server.execute(session, "HSET", "hash", "small", "x", "large", large);
    server.execute(session, "RPUSH", "list", large, "small");
    server.execute(session, "SADD", "set", large, "small");
    server.execute(session, "ZADD", "sorted", "1", large, "2", "small");
    server.execute(session, "XADD", "stream", "1-1", "field", large);
    server.execute(session, "RPUSH", "names", "string", "chunked");
    engine.flushAll();
    String reply = server.execute(session, command.split(" "));
    assertFalse(reply.startsWith("-ERR unknown") || reply.startsWith("-ERR syntax"), reply);
    assertEquals(List.of(), large(server, engine));
  }

  /** Returns the paths by which contexts hold on to large arrays. */
  private static List<String> large(CommandHarness server, FakeEngine engine)
      throws IllegalAccessException {
    Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    Deque<Map.Entry<String, Object>> open = new ArrayDeque<>();
    for (Field field : CommandHarness.class.getDeclaredFields()) {
      if (Set.of("context", "stepContext", "rehearsal", "fieldRemoval").contains(field.getName())) {
        field.setAccessible(true);
        open.add(Map.entry(field.getName(), field.get(server)));
      }
    }
    List<String> found = new ArrayList<>();
    seen.add(server);
    seen.add(engine);
    while (!open.isEmpty()) {
      Map.Entry<String, Object> next = open.remove();
      Object object = next.getValue();
      String path = next.getKey();
      if (object instanceof byte[] bytes) {
        if (bytes.length >= LARGE) {
          found.add(path + ": " + bytes.length + " bytes");
        }
        continue;
      }
      if (object instanceof MemorySegment segment) {
        segment.heapBase().ifPresent(base -> add(open, seen, path, base));
        continue;
      }
      addReferences(open, seen, path, object);
    }
    return found;
  }

  private static void addReferences(
      Deque<Map.Entry<String, Object>> open, Set<Object> seen, String path, Object object)
      throws IllegalAccessException {
    if (object instanceof Object[] array) {
      IntStream.range(0, array.length)
          .forEach(i -> add(open, seen, path + "[" + i + "]", array[i]));
    } else if (object instanceof Collection<?> collection) {
      collection.forEach(element -> add(open, seen, path + "[]", element));
    } else if (object instanceof Map<?, ?> map) {
      map.forEach((key, value) -> add(open, seen, path + "{}", value));
    }
    for (Class<?> type = object.getClass();
        type != null && type.getName().startsWith("dev.varve.");
        type = type.getSuperclass()) {
      for (Field field : type.getDeclaredFields()) {
        if (!Modifier.isStatic(field.getModifiers()) && !field.getType().isPrimitive()) {
          field.setAccessible(true);
          add(open, seen, path + "." + field.getName(), field.get(object));
        }
      }
    }
  }

  private static void add(
      Deque<Map.Entry<String, Object>> open, Set<Object> seen, String path, Object object) {
    if (object != null && seen.add(object)) {
      open.add(Map.entry(path, object));
    }
  }
}
