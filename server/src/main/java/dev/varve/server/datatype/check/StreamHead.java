package dev.varve.server.datatype.check;

/** A stream head's own. */
final class StreamHead {
  int run;
  Id first;
  Id firstNode;
  Id last;
  Id beforeLast;
  Id nodeFirst;
  Id nodeLast;
  long nodeLive;
  long nodeDead;
  long nodes;
  long groups;
  long nextGroup;

  private Id generated;
  private Id deleted;
  private long added;
  private long nodeBytes;
  private long behind;
  private long owed;

  void load(Input from) {
    run = from.u32();
    first = from.id();
    firstNode = from.id();
    last = from.shortId();
    beforeLast = from.shortId();
    generated = from.shortId();
    deleted = from.shortId();
    added = from.number();
    nodeFirst = from.shortId();
    nodeLast = from.shortId();
    nodeLive = from.number();
    nodeDead = from.number();
    nodeBytes = from.number();
    nodes = from.number();
    groups = from.number();
    nextGroup = from.number();
    behind = from.number();
    owed = from.number();
  }

  byte[] bytes() {
    Output to = new Output().u32(run).id(first).id(firstNode);
    to.shortId(last).shortId(beforeLast).shortId(generated).shortId(deleted).number(added);
    to.shortId(nodeFirst).shortId(nodeLast).number(nodeLive).number(nodeDead).number(nodeBytes);
    to.number(nodes).number(groups).number(nextGroup).number(behind).number(owed);
    return to.done();
  }
}
