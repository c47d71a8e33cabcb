package dev.varve.storage.engine;

import java.io.IOException;
import java.io.InputStream;

/**
 * Loads what is tested, and its tests, anew, apart from those that the caller runs with, and puts a
 * fault into them on the way.
 */
public final class FaultyClassLoader extends ClassLoader {
  private final String root;
  private final DeliberateFault fault;

  /** For the engine and its tests; with no fault if that is null. */
  FaultyClassLoader(DeliberateFault fault) {
    this(DeliberateFault.ROOT, fault);
  }

  /** For all classes beneath a root; with no fault if that is null. */
  public FaultyClassLoader(String root, DeliberateFault fault) {
    super(FaultyClassLoader.class.getClassLoader());
    this.root = root;
    this.fault = fault;
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    if (!name.startsWith(root)) {
      return super.loadClass(name, resolve);
    }
    synchronized (getClassLoadingLock(name)) {
      Class<?> loaded = findLoadedClass(name);
      return loaded != null ? loaded : define(name);
    }
  }

  private Class<?> define(String name) throws ClassNotFoundException {
    byte[] bytes = read(name);
    if (fault != null && name.equals(root + fault.type())) {
      bytes = fault.putInto(bytes);
    }
    return defineClass(name, bytes, 0, bytes.length);
  }

  private byte[] read(String name) throws ClassNotFoundException {
    try (InputStream file = getResourceAsStream(name.replace('.', '/') + ".class")) {
      if (file == null) {
        throw new ClassNotFoundException(name);
      }
      return file.readAllBytes();
    } catch (IOException e) {
      throw new ClassNotFoundException(name, e);
    }
  }
}
