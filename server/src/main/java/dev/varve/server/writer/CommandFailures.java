package dev.varve.server.writer;

import dev.varve.server.datatype.CommandMemory;
import dev.varve.server.datatype.WrongTypeException;
import dev.varve.server.dispatch.CommandException;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.LogLimit;
import dev.varve.storage.StorageException;
import dev.varve.storage.WriteBatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What clients are told when a command, or the engine under it, fails. */
public final class CommandFailures {
  private static final Logger LOG = LoggerFactory.getLogger(CommandFailures.class);
  private static final LogLimit FAILURES = new LogLimit();
  private static final LogLimit BUGS = new LogLimit();
  private static final String MISCONF = "MISCONF Errors writing to the AOF file: ";

  /** Before what has failed, for writes whose outcome nobody knows. */
  static final String UNKNOWN_OUTCOME = "the outcome of this command is unknown: ";

  private CommandFailures() {}

  /** Returns the error line for what a command threw; what the operator should know is logged. */
  public static String line(CommandSpec spec, RuntimeException e) {
    return switch (e) {
      case CommandException answer -> answer.getMessage();
      case WrongTypeException wrong -> WrongTypeException.ERROR;
      case CommandMemory.ExceededException exceeded -> CommandMemory.REFUSAL;
      case WriteBatch.TooLargeException tooLarge -> CommandMemory.REFUSAL;
      case StorageException.DiskFull full -> MISCONF + "No space left on device: " + message(full);
      case StorageException.Poisoned poisoned -> MISCONF + message(poisoned);
      case StorageException failure -> {
        FAILURES.log(nowMillis(), more -> LOG.warn("{}: {}{}", spec, failure.getMessage(), more));
        yield "ERR storage error: " + message(failure);
      }
      default -> {
        BUGS.log(nowMillis(), more -> LOG.error("{} failed{}", spec, more, e));
        yield "ERR internal error";
      }
    };
  }

  /** Returns the error line for writes whose outcome nobody knows. */
  static String unknownOutcome(Throwable cause) {
    return MISCONF + UNKNOWN_OUTCOME + message(cause);
  }

  /** Returns the error line for writes after such a failure. */
  static String refused(Throwable cause) {
    return MISCONF + message(cause);
  }

  private static long nowMillis() {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
  }

  static String message(Throwable e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }
}
