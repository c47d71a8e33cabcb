package dev.varve.server.bootstrap;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** The version of this build, from its jar. */
final class Version {
  private static final String UNKNOWN_COMMIT = "00000000";

  private Version() {}

  static String text() {
    String version = Version.class.getPackage().getImplementationVersion();
    return version == null ? "development" : version;
  }

  /** Returns the beginning of the name of the commit that was built; zeros if it isn't known. */
  static String commit() {
    String commit = build().getProperty("commit", "");
    return commit.matches("[0-9a-f]+") ? commit : UNKNOWN_COMMIT;
  }

  /** Returns whether something had been changed since that commit. */
  static boolean isDirty() {
    return build().getProperty("dirty", "").equals("1");
  }

  /** Returns what Maven has written down. */
  private static Properties build() {
    Properties properties = new Properties();
    try (InputStream file = Version.class.getResourceAsStream("build.properties")) {
      if (file != null) {
        properties.load(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return properties;
  }
}
