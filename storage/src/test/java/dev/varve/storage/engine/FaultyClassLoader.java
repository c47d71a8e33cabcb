package dev.varve.storage.engine;

import java.io.IOException;
import java.io.InputStream;

/**
 * Loads the engine and its tests anew, apart from those that the caller runs with, and puts a fault
 * into them on the way.
 */
final class FaultyClassLoader extends ClassLoader {
  private final DeliberateFault fault;

  /** With no fault if that is null. */
  FaultyClassLoader(DeliberateFault fault) {
    super(FaultyClassLoader.class.getClassLoader());
    this.fault = fault;
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    if (!name.startsWith(DeliberateFault.ROOT)) {
      return super.loadClass(name, resolve);
    }
    synchronized (getClassLoadingLock(name)) {
      Class<?> loaded = findLoadedClass(name);
      return loaded != null ? loaded : define(name);
    }
  }

  private Class<?> define(String name) throws ClassNotFoundException {
    byte[] bytes = read(name);
    if (fault != null && name.equals(DeliberateFault.ROOT + fault.type())) {
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
