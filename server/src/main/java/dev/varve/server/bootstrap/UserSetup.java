package dev.varve.server.bootstrap;

import dev.varve.server.acl.UserTable;
import dev.varve.server.config.Configuration;
import dev.varve.server.config.Settings;
import dev.varve.server.datatype.KeptMemory;
import dev.varve.server.dispatch.AclLog;
import dev.varve.server.dispatch.CommandTable;
import java.nio.file.Path;
import java.time.InstantSource;

/** Makes the users that the configuration speaks of, itself or by a file of their own. */
final class UserSetup {
  private UserSetup() {}

  /**
   * Makes them.
   *
   * @param wallClock tells when something was refused
   * @param kept is charged for them
   * @throws StartException if one can't be made
   */
  static UserTable of(
      Configuration configuration, CommandTable commands, InstantSource wallClock, KeptMemory kept)
      throws StartException {
    UserTable users =
        new UserTable(
            commands.original(),
            () -> configuration.get(Settings.ACL_CHANNELS) == Settings.ChannelsAtFirst.ALLCHANNELS,
            new AclLog(wallClock, configuration.get(Settings.ACL_LOG_LENGTH)),
            kept);
    String password = configuration.get(Settings.PASSWORD);
    if (!password.isEmpty()) {
      users.defaultPassword(password);
    }
    for (Configuration.UserLine line : configuration.users()) {
      String error = users.define(line.name(), line.rules());
      if (error != null) {
        throw refused(line.where() + ": user " + line.name() + ": " + error);
      }
    }
    String file = configuration.get(Settings.ACL_FILE);
    if (!file.isEmpty()) {
      if (!configuration.users().isEmpty()) {
        throw refused(
            "aclfile: there are user directives, too; users are defined either by them or by a file"
                + " of their own");
      }
      users.file(file, Path.of(configuration.get(Settings.DIRECTORY)));
      String error = users.load(null);
      if (error != null) {
        throw refused("aclfile: " + error);
      }
    }
    return users;
  }

  private static StartException refused(String message) {
    return new StartException(ExitCode.CONFIGURATION, message, null);
  }
}
