package dev.varve.server.datatype.check;

/** What can be wrong with what a database holds. */
public enum Fault {
  /** A value that isn't what its format says. */
  UNREADABLE("can't be read"),
  /** A head, or a part of one, counts what isn't there, or not all that is. */
  COUNT("is counted wrongly"),
  /** Something that a head leads to, or a twin of it, isn't there. */
  MISSING("lacks an element"),
  /** An element that its head doesn't lead to, or whose twin isn't there. */
  STRAY("has an element too many"),
  /** What a head says of its ends isn't so. */
  ENDS("is said to begin or end elsewhere"),
  /** A sorted set's ranks are counted wrongly. */
  RANKS("has wrong ranks"),
  /** A deadline isn't in the index that has it removed. */
  DEADLINE("has a deadline that would be missed"),
  /** Two heads lead to the same elements, or one to those of another database. */
  SHARED("has elements that are another's"),
  /** No head leads to the elements of a collection, and they weren't abandoned. */
  ORPHAN("has no key");

  private final String text;

  Fault(String text) {
    this.text = text;
  }

  /** Returns what it is, to be said after what it is of. */
  public String text() {
    return text;
  }
}
