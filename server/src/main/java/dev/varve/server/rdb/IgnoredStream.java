package dev.varve.server.rdb;

/** Takes a stream for nothing but to pass it. */
final class IgnoredStream implements StreamVisitor {
  static final IgnoredStream INSTANCE = new IgnoredStream();

  private IgnoredStream() {}

  @Override
  public void beginEntry(EntryId id, long fields) {}

  @Override
  public void part(RdbString part) {}

  @Override
  public void endEntry() {}

  @Override
  public void endNode(EntryId first, long live, long dead, EntryId last, int bytes) {}

  @Override
  public void endEntries(EntryId last, EntryId deleted, long added) {}

  @Override
  public boolean beginGroup(RdbString name, EntryId last, long read) {
    return true;
  }

  @Override
  public boolean pending(EntryId id, long millis, long deliveries) {
    return true;
  }

  @Override
  public boolean consumer(RdbString name, long seenMillis) {
    return true;
  }

  @Override
  public boolean owns(EntryId id) {
    return true;
  }

  @Override
  public boolean endGroup() {
    return true;
  }
}
