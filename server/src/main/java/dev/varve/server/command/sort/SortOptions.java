package dev.varve.server.command.sort;

import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.Errors;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;
import dev.varve.server.dispatch.KeyFlag;
import dev.varve.server.dispatch.KeySpec;
import dev.varve.server.dispatch.Permissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** What stands after the key of SORT. The last one of several of a kind counts, but for GET. */
final class SortOptions {
  private static final byte[] ASC = Arguments.word("ASC");
  private static final byte[] DESC = Arguments.word("DESC");
  private static final byte[] ALPHA = Arguments.word("ALPHA");
  private static final byte[] LIMIT = Arguments.word("LIMIT");
  private static final byte[] STORE = Arguments.word("STORE");
  private static final byte[] BY = Arguments.word("BY");
  private static final byte[] GET = Arguments.word("GET");
  private static final Set<KeyFlag> SOURCE = Set.of(KeyFlag.RO, KeyFlag.ACCESS);
  private static final Set<KeyFlag> DESTINATION = Set.of(KeyFlag.OW, KeyFlag.UPDATE);

  boolean descending;
  boolean alphabetic;

  /** Null: elements are sorted by themselves. */
  SortPattern by;

  /** Whether the order stays that of the list or set, as all elements are sorted by the same. */
  boolean unsorted;

  /** Empty: elements themselves are answered with. */
  final List<SortPattern> get = new ArrayList<>();

  private long first;

  /** Negative: all. */
  private long count = -1;

  /** Which argument is the key that the result is stored at; 0: none. */
  int store;

  private SortOptions() {}

  /** Reads them. */
  static SortOptions of(CommandContext context, boolean mayStore) {
    SortOptions options = new SortOptions();
    Request request = context.request();
    int at = 2;
    while (at < request.argumentCount()) {
      at += 1 + options.read(context, at, request.argumentCount() - at - 1, mayStore);
    }
    return options;
  }

  /** Reads one, and returns how many arguments belong to it. */
  private int read(CommandContext context, int at, int left, boolean mayStore) {
    Request request = context.request();
    if (request.equalsIgnoreCase(at, ASC)) {
      descending = false;
    } else if (request.equalsIgnoreCase(at, DESC)) {
      descending = true;
    } else if (request.equalsIgnoreCase(at, ALPHA)) {
      alphabetic = true;
    } else if (request.equalsIgnoreCase(at, LIMIT) && left >= 2) {
      first = Arguments.longValue(context, at + 1);
      count = Arguments.longValue(context, at + 2);
      return 2;
    } else if (mayStore && request.equalsIgnoreCase(at, STORE) && left >= 1) {
      store = at + 1;
      return 1;
    } else if (request.equalsIgnoreCase(at, BY) && left >= 1) {
      by = new SortPattern(request.argumentBytes(at + 1));
      if (by.hasStar()) {
        checkReadsAll(context, "BY");
      }
      unsorted |= !by.hasStar();
      return 1;
    } else if (request.equalsIgnoreCase(at, GET) && left >= 1) {
      checkReadsAll(context, "GET");
      get.add(new SortPattern(request.argumentBytes(at + 1)));
      return 1;
    } else {
      throw Errors.syntax();
    }
    return 0;
  }

  /** Patterns lead to any key, whatever a user may read. */
  private static void checkReadsAll(CommandContext context, String option) {
    Permissions permissions = context.session().user().permissions();
    if (!permissions.allowsReadingAll(context.spec(), context.request())) {
      throw new CommandException(
          "ERR " + option + " option of SORT denied due to insufficient ACL permissions.");
    }
  }

  /** The index of the first result among so many. */
  int from(int size) {
    return Math.clamp(first, 0, size);
  }

  /** The index after the last one. */
  int to(int size) {
    return count < 0 ? size : (int) Math.min(size, from(size) + Math.min(count, size));
  }

  /** Finds the key among SORT_RO's arguments. */
  static boolean source(Request request, int offset, KeySpec.KeyConsumer action) {
    action.accept(offset + 1, SOURCE);
    return true;
  }

  /** Finds the keys among SORT's arguments: the first, and the last that it stores at. */
  static boolean keys(Request request, int offset, KeySpec.KeyConsumer action) {
    int store = 0;
    for (int i = offset + 2; i < request.argumentCount(); i++) {
      if (request.equalsIgnoreCase(i, LIMIT)) {
        i += 2;
      } else if (request.equalsIgnoreCase(i, GET) || request.equalsIgnoreCase(i, BY)) {
        i++;
      } else if (request.equalsIgnoreCase(i, STORE) && i + 1 < request.argumentCount()) {
        store = i + 1;
      }
    }
    action.accept(offset + 1, SOURCE);
    if (store > 0) {
      action.accept(store, DESTINATION);
    }
    return true;
  }
}
