package dev.varve.server.writer;

import dev.varve.protocol.Request;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.datatype.Misses;
import dev.varve.server.datatype.NeedsBuild;
import dev.varve.server.datatype.ReadNeeded;
import dev.varve.server.datatype.WrongTypeException;
import dev.varve.server.dispatch.Blocked;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;
import dev.varve.server.dispatch.CommandHandler;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.NeedsRole;
import dev.varve.server.dispatch.Session;
import dev.varve.storage.ReadView;
import dev.varve.storage.WriteBatch;
import java.util.function.LongPredicate;

/**
 * Runs a command on the read pool as it will run on the storage thread, which may not read the
 * disk: for nothing but to learn what it reads. The handler is the same, the arguments are; what it
 * changes and answers is thrown away. A command is a function of its arguments, the data and the
 * time, so what it asks for here it will ask for there, unless something has moved meanwhile: then
 * it is rehearsed once more, and what is found then is added.
 *
 * <p>Each thread of the pool has one. Not thread-safe.
 */
public final class Rehearsal {
  /**
   * A rehearsal whose changes take more ends there: what it has read is enough to come further with
   * next time.
   */
  private static final int SCRATCH_BYTES = 256 << 10;

  /** One ahead of its turn ends where it would hold more of what it has read. */
  private static final int AHEAD_BYTES = 64 << 10;

  private final CommandContext context;
  private final WriteBatch scratch = new WriteBatch(SCRATCH_BYTES);

  /** Makes that of a thread, with a context of its own. */
  public Rehearsal(CommandContext context) {
    this.context = context;
  }

  /**
   * Rehearses a command.
   *
   * @param view what it reads from; the disk, too
   * @param before what earlier rehearsals of it have read
   * @param wanted what its last run was given up for; null: not known
   * @param memory is asked before so many bytes of heap, for all that was read, are taken
   * @return what has been read
   * @throws Misses.NoMemory if there is no memory for that now
   * @throws dev.varve.storage.StorageException if a read failed
   */
  public Misses run(
      ReadView view,
      Misses before,
      Misses.Wanted wanted,
      LongPredicate memory,
      Session session,
      CommandSpec spec,
      Request request,
      long nowMillis) {
    int database = session.database();
    Keyspace keyspace = context.keyspace();
    scratch.clear();
    try {
      Misses read =
          keyspace.bindRehearsal(view, before, wanted, memory, scratch, database, nowMillis);
      context.bindRehearsal(session.scratch(), spec, request, database);
      execute(spec.handler());
      return read;
    } finally {
      end();
    }
  }

  /**
   * Rehearses a command whose turn has not come, as those before it haven't run: for nothing but to
   * have in memory what it will read, most likely. Where memory has that already, nothing is read.
   *
   * @param view what it reads from
   * @param seed tells the seed of its random numbers, which its run must be given, too
   * @return whether something had to be read
   * @throws Misses.NoMemory if that is more than can be held for it
   * @throws dev.varve.storage.StorageException if a read failed
   */
  public boolean runAhead(
      ReadView view,
      Misses seed,
      Session session,
      CommandSpec spec,
      Request request,
      long nowMillis) {
    int database = session.database();
    scratch.clear();
    try {
      context.keyspace().bindRehearsalInMemory(view, seed, scratch, database, nowMillis);
      context.bindRehearsal(session.scratch(), spec, request, database);
      execute(spec.handler());
      return false;
    } catch (ReadNeeded _) {
      // What it reads is read below.
    } finally {
      end();
    }
    run(view, seed, null, bytes -> bytes <= AHEAD_BYTES, session, spec, request, nowMillis);
    return true;
  }

  /**
   * Rehearses a step that no client's request is, as far as there is memory for it, and reads all
   * that it asks for: it then comes to its end unless tables have come since.
   *
   * @return what has been read
   * @throws dev.varve.storage.StorageException if a read failed
   */
  Misses run(ReadView view, LongPredicate memory, CommandHandler step, long nowMillis) {
    Keyspace keyspace = context.keyspace();
    scratch.clear();
    try {
      Misses read = keyspace.bindRehearsal(view, Misses.NONE, null, memory, scratch, 0, nowMillis);
      keyspace.transaction().noteAll();
      context.bindRehearsal(null, null, null, 0);
      try {
        execute(step);
      } catch (Misses.NoMemory _) {
        // It comes as far as it comes.
      }
      return read;
    } finally {
      end();
    }
  }

  private void end() {
    context.forgetEffects();
    context.keyspace().givenUp();
    context.keyspace().unbind();
  }

  /** What it answers with is of no interest, be it an error. */
  private void execute(CommandHandler handler) {
    try {
      handler.execute(context);
    } catch (Blocked
        | NeedsRole
        | NeedsBuild
        | CommandException
        | WrongTypeException
        | WriteBatch.TooLargeException _) {
      // It has come to its end.
    }
  }
}
