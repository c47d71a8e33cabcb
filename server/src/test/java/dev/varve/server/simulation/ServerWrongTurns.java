package dev.varve.server.simulation;

import dev.varve.server.datatype.Effects;
import dev.varve.server.dispatch.Session;
import dev.varve.server.writer.EffectConsumers;
import dev.varve.server.writer.StorageThread;
import dev.varve.storage.ReadView;
import dev.varve.storage.StorageEngine;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;

/**
 * What a server with a {@link dev.varve.storage.engine.DeliberateFault} does instead of the right
 * thing. Called by name, from the bytecode that the fault puts in.
 */
public final class ServerWrongTurns {
  private ServerWrongTurns() {}

  /** Instead of what is durable: what is written is published. */
  public static void publishWritten(StorageThread thread, long sequence) {
    call(thread, "publish", long.class, thread.engine().writtenSequence());
  }

  /** Instead of what a view's tables hold: nothing, so that what was read before seems to hold. */
  public static long nothingFlushed(ReadView view) {
    return 0;
  }

  /** Instead of what all see: everything. */
  public static long everything(StorageEngine engine) {
    return Long.MAX_VALUE;
  }

  /** Instead of what a view sees: everything. */
  public static long newestSequence(ReadView view) {
    return Long.MAX_VALUE;
  }

  /** Instead of a copy of a session: the session. */
  public static Session itself(Session session) {
    return session;
  }

  /** Instead of one step being told of: it is told of twice. */
  public static void tellTwice(
      EffectConsumers consumers,
      Effects some,
      EffectConsumers.Stage stage,
      long sequence,
      long client) {
    for (int i = 0; i < 2; i++) {
      tell(consumers, some, stage, sequence, client);
    }
  }

  private static void tell(
      EffectConsumers consumers,
      Effects some,
      EffectConsumers.Stage stage,
      long sequence,
      long client) {
    try {
      Method method =
          EffectConsumers.class.getDeclaredMethod(
              "tell", Effects.class, EffectConsumers.Stage.class, long.class, long.class);
      method.setAccessible(true);
      method.invoke(consumers, some, stage, sequence, client);
    } catch (InvocationTargetException e) {
      throw unchecked(e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(e.getMessage(), e);
    }
  }

  private static void call(Object target, String name, Class<?> type, Object argument) {
    try {
      Method method = target.getClass().getDeclaredMethod(name, type);
      method.setAccessible(true);
      method.invoke(target, argument);
    } catch (InvocationTargetException e) {
      throw unchecked(e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(e.getMessage(), e);
    }
  }

  private static RuntimeException unchecked(Throwable cause) {
    if (cause instanceof Error error) {
      throw error;
    }
    return (RuntimeException) cause;
  }
}
