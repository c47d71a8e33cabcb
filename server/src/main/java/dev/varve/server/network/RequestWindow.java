package dev.varve.server.network;

import dev.varve.protocol.Request;
import dev.varve.protocol.RequestDecoder;
import dev.varve.server.datatype.KeyWarmer;
import dev.varve.server.datatype.warming.ElementWarmer;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.CommandTable;
import dev.varve.server.dispatch.KeySpec.KeyConsumer;
import io.netty.buffer.ByteBuf;

/**
 * Requests of one connection that have been decoded but not executed, so that the memory that they
 * will look at can be fetched for all of them together. They are slices of the connection's input:
 * none may be left when that changes. Owned by a loop, which lends it to connections.
 */
final class RequestWindow {
  private static final int MOST_REQUESTS = 32;
  private static final int MOST_BYTES = 64 << 10;

  /** Fewer requests gain less from warming than it costs. */
  static final int LEAST_WARMED = 4;

  /** A request that had more is not used again: a client must not leave its room on the heap. */
  private static final int MOST_ARGUMENTS_KEPT = 64;

  private final KeyConsumer addKey = (argument, _) -> addKey(argument);
  private final Request[] requests = new Request[MOST_REQUESTS];

  private final CommandSpec[] commands = new CommandSpec[MOST_REQUESTS];
  private final CommandTable table;
  private int size;
  private int next;
  private int bytes;

  // Where keys that are found go, and what they belong to.
  private KeyWarmer warmer;
  private int databaseId;
  private Request gathered;

  /**
   * Makes an empty one.
   *
   * @param table tells what requests ask for
   */
  RequestWindow(CommandTable table) {
    this.table = table;
    for (int i = 0; i < MOST_REQUESTS; i++) {
      requests[i] = new Request();
    }
  }

  boolean hasNext() {
    return next < size;
  }

  Request next() {
    return requests[next++];
  }

  /**
   * Returns what the request asks for that {@link #next} gave last; null: nothing that there is.
   */
  CommandSpec command() {
    return commands[next - 1];
  }

  boolean hasRoom() {
    return size < MOST_REQUESTS && bytes < MOST_BYTES;
  }

  void clear() {
    for (int i = 0; i < size; i++) {
      if (requests[i].argumentCount() > MOST_ARGUMENTS_KEPT) {
        requests[i] = new Request();
      }
    }
    size = 0;
    next = 0;
    bytes = 0;
  }

  /**
   * Decodes one request more into the window.
   *
   * @param request what the decoder works on: it holds what was decoded of the request so far
   * @return what the decoder works on from now on
   */
  Request decode(RequestDecoder decoder, ByteBuf input, Request request) {
    if (!decoder.decode(input, request)) {
      return request;
    }
    Request free = requests[size];
    requests[size] = request;
    commands[size++] = table.find(request);
    bytes += request.byteSize();
    return free;
  }

  /** Whether there are so many that warming gains more than it costs. */
  boolean isWorthWarming() {
    return size >= LEAST_WARMED;
  }

  /** Adds the keys of all requests to those whose memory will be fetched together. */
  void addKeys(KeyWarmer target, int database) {
    warmer = target;
    databaseId = database;
    for (int i = next; i < size; i++) {
      gathered = requests[i];
      CommandSpec spec = commands[i];
      if (spec == null) {
        continue;
      }
      int soleKey = spec.soleKey();
      if (soleKey == 0) {
        spec.forEachKey(gathered, 0, addKey);
      } else if (soleKey < gathered.argumentCount()) {
        addKey(soleKey);
      }
    }
  }

  /** Whether any request will look at single elements of a value. */
  boolean asksForElements() {
    for (int i = next; i < size; i++) {
      CommandSpec command = commands[i];
      if (command != null && (command.bitOffset() > 0 || command.firstMember() > 0)) {
        return true;
      }
    }
    return false;
  }

  /** Adds the elements of values that requests will look at. */
  void addElements(ElementWarmer target, int database) {
    for (int i = next; i < size && !target.isDone(); i++) {
      CommandSpec command = commands[i];
      if (command != null) {
        if (command.bitOffset() > 0) {
          addByte(target, database, requests[i], command);
        } else if (command.firstMember() > 0) {
          addMembers(target, database, requests[i], command);
        }
      }
    }
  }

  private static void addByte(
      ElementWarmer target, int database, Request request, CommandSpec command) {
    int key = command.soleKey();
    int offset = command.bitOffset();
    if (offset < request.argumentCount() && request.isLong(offset)) {
      target.addByte(
          database,
          request.buffer(),
          request.argumentOffset(key),
          request.argumentLength(key),
          request.longValue(offset) >> 3);
    }
  }

  private static void addMembers(
      ElementWarmer target, int database, Request request, CommandSpec command) {
    int key = command.soleKey();
    int first = command.firstMember();
    int step = command.memberStep();
    int end = step == 0 ? Math.min(first + 1, request.argumentCount()) : request.argumentCount();
    for (int i = first; i < end && !target.isDone(); i += Math.max(step, 1)) {
      target.addMember(
          database,
          request.buffer(),
          request.argumentOffset(key),
          request.argumentLength(key),
          request.argumentOffset(i),
          request.argumentLength(i));
    }
  }

  private void addKey(int argument) {
    warmer.add(
        databaseId,
        gathered.buffer(),
        gathered.argumentOffset(argument),
        gathered.argumentLength(argument));
  }
}
