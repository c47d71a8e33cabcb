package dev.varve.lua.runtime;

/** A value that is equal to itself only: a table, a function, a coroutine, a piece of userdata. */
public abstract class Reference {
  /** As long as addresses of processes are. */
  private static final long FIRST_ADDRESS = 0x5600_0000_0000L;

  private final int id;

  /** The walk that met this last; see {@link Heap}. */
  int mark;

  /** Makes a reference that the heap gives a number, in the order of making. */
  protected Reference(Heap heap) {
    id = heap.nextId();
  }

  /** The number by which it is told apart from others of its interpreter, and placed in tables. */
  public final int id() {
    return id;
  }

  /** What {@code type} says of it. */
  public abstract String type();

  /** Tells the walk what it takes itself and what can be reached from it. */
  protected abstract void trace(Heap heap);

  /** What stands in {@code tostring} for an address. */
  final String address() {
    return String.format("0x%012x", FIRST_ADDRESS + 32L * id);
  }
}
