package dev.varve.server.datatype.list;

import dev.varve.server.datatype.Elements;

/**
 * Changes of a spread list's elements elsewhere than at its ends: they write no more than a chunk
 * and what leads to it. In the midst of an extent some elements around become a chunk first, whose
 * own keys are deleted. Not thread-safe.
 */
final class MiddleEdits {
  /** How many elements at each side go into the chunk that an extent is cut by. */
  private static final int CUT_OUT = 16;

  private final SpreadList list;
  private final Elements elements;
  private final RunTree tree;
  private final Chunk chunk;

  MiddleEdits(SpreadList list, Elements elements) {
    this.list = list;
    this.elements = elements;
    this.tree = list.tree();
    this.chunk = list.chunk();
  }

  /** Puts an element in the place of another. */
  void set(long index, Element element) {
    SpreadList.Place place = list.place(index);
    Run run = place.run();
    long within = index - place.from();
    if (run.kind() == Run.EXTENT) {
      list.putSingle(run.at() + within, element);
      return;
    }
    chunk.load(run);
    chunk.remove((int) within);
    tree.replace(1, chunk.storeWith(element, (int) within, run.at()));
  }

  /** Adds an element before the one of an index, which is not the first. */
  void insert(long index, Element element) {
    SpreadList.Place place = list.place(index);
    Run run = place.run();
    long within = index - place.from();
    if (run.kind() == Run.CHUNK) {
      chunk.load(run);
      tree.replace(1, chunk.storeWith(element, (int) within, run.at()));
      return;
    }
    chunk.clear();
    long from = within;
    while (from > 0 && within - from < CUT_OUT && takes(run.at() + from - 1, true)) {
      from--;
    }
    int before = chunk.count();
    long to = within;
    while (to < run.count() && to - within < CUT_OUT && takes(run.at() + to, false)) {
      to++;
    }
    deleteSingles(run.at() + from, run.at() + to);
    list.cutOut(place, from, chunk.storeWith(element, before, Chunk.NEW), to);
  }

  /** Takes a single element into the chunk, if it has room for it. */
  private boolean takes(long position, boolean first) {
    list.findSingle(position);
    boolean has = chunk.hasRoomForFound();
    if (has) {
      chunk.addFound(first);
    }
    return has;
  }

  private void deleteSingles(long from, long to) {
    for (long position = from; position < to; position++) {
      ListKeys.single(elements, position);
      elements.delete();
    }
  }

  /**
   * Removes elements.
   *
   * @param indexes of them, ascending
   */
  void remove(long[] indexes, int number) {
    int from = 0;
    int to = number;
    while (to > from && indexes[to - 1] == list.count() - 1) {
      list.dropRight(1, 0);
      to--;
    }
    // Those at the left end go last, or the others would have other indexes.
    while (from < to && indexes[from] == from) {
      from++;
    }
    while (to > from) {
      to -= removeTogether(indexes, from, to);
    }
    list.dropLeft(from, 0);
  }

  /**
   * Removes the last one of some elements, and those that are in the same chunk, or will be.
   *
   * @return how many
   */
  private int removeTogether(long[] indexes, int from, int to) {
    SpreadList.Place place = list.place(indexes[to - 1]);
    return place.run().kind() == Run.CHUNK
        ? removeFromChunk(place, indexes, from, to)
        : removeFromExtent(place, indexes, from, to);
  }

  private int removeFromChunk(SpreadList.Place place, long[] indexes, int from, int to) {
    chunk.load(place.run());
    int at = to;
    while (at > from && indexes[at - 1] >= place.from()) {
      chunk.remove((int) (indexes[--at] - place.from()));
    }
    Run next = tree.behindFound();
    boolean joins = next != null && next.kind() == Run.CHUNK && chunk.absorb(next);
    tree.replace(joins ? 2 : 1, chunk.store(place.run().at()));
    return to - at;
  }

  private int removeFromExtent(SpreadList.Place place, long[] indexes, int from, int to) {
    Run run = place.run();
    long end = indexes[to - 1] - place.from() + 1;
    chunk.clear();
    int at = to;
    long begin = end;
    while (begin > 0 && end - begin < 2 * CUT_OUT) {
      if (at > from && indexes[at - 1] == place.from() + begin - 1) {
        at--;
      } else if (!takes(run.at() + begin - 1, true)) {
        break;
      }
      begin--;
    }
    deleteSingles(run.at() + begin, run.at() + end);
    list.cutOut(place, begin, chunk.store(Chunk.NEW), end);
    return to - at;
  }
}
