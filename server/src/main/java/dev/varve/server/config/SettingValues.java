package dev.varve.server.config;

/** Values of settings. */
public interface SettingValues {
  /** Returns a setting's value. */
  <T> T get(Setting<T> setting);
}
