package dev.varve.server.rdb;

/** Takes a value for nothing but to pass it. */
final class IgnoredValue implements ValueVisitor {
  static final IgnoredValue INSTANCE = new IgnoredValue();

  private IgnoredValue() {}

  @Override
  public void string(RdbString value) {}

  @Override
  public void beginList() {}

  @Override
  public void element(RdbString element) {}

  @Override
  public void beginSet() {}

  @Override
  public boolean member(RdbString member) {
    return true;
  }

  @Override
  public void beginSortedSet() {}

  @Override
  public boolean member(RdbString member, double score) {
    return true;
  }

  @Override
  public void beginHash() {}

  @Override
  public StreamVisitor stream() {
    return IgnoredStream.INSTANCE;
  }

  @Override
  public boolean field(RdbString field, RdbString value, long deadline) {
    return true;
  }
}
