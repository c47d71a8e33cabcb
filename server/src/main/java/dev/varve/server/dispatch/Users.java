package dev.varve.server.dispatch;

import dev.varve.protocol.Request;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The users that there are. The chars of names, rules and passwords stand for bytes. Safe for use
 * by many threads.
 */
public interface Users {
  /** The error of changes that there is no memory for; it is a whole line. */
  String NO_MEMORY = "OOM there is no memory for more users and rules";

  /** Returns of whom connections are before they say who they are. */
  User defaultUser();

  /** Returns whether anybody is the default user without a password. */
  boolean defaultNeedsNoPassword();

  /** Returns whether a connection has to say who it is before it may do anything. */
  boolean askForPassword();

  /** Returns the user of a name; null if there is none. */
  User find(String name);

  /** Returns the user who may log in by a name and password; null if there is none. */
  User authenticated(String name, byte[] password);

  /** Returns the users' names in the order of their bytes. */
  List<String> names();

  /** Returns what each user is, as a configuration file says it, in the order of their names. */
  List<String> lines();

  /** Returns what a user is; null if there is none of that name. */
  Description describe(String name);

  /**
   * Makes or changes a user, all or nothing.
   *
   * @param by whose connection isn't closed at once, if it is to be closed
   * @return what is wrong with the rules; null if it is done
   */
  String change(String name, List<String> rules, Session by);

  /**
   * Removes users and closes their connections.
   *
   * @param by whose connection isn't closed before its reply
   * @return how many there were
   */
  int remove(List<String> names, Session by);

  /** Returns whether users are kept in a file of their own. */
  boolean haveFile();

  /**
   * Replaces all users by those of the file, all or none. Waits for the disk.
   *
   * @param by whose connection isn't closed before its reply
   * @return what is wrong with the file; null if it is done
   */
  String load(Session by);

  /**
   * Writes all users to the file. Waits for the disk.
   *
   * @return whether it is written; why not is logged
   */
  boolean save();

  /** Returns what was refused. */
  AclLog log();

  /** Notes that a command was refused. */
  default void denied(
      Session session, AclLog.Place place, Denial denial, CommandSpec command, Request request) {
    String object =
        denial.kind() == Denial.Kind.COMMAND
            ? command.fullName()
            : new String(request.argumentBytes(denial.argument()), StandardCharsets.ISO_8859_1);
    log().add(session, AclLog.Reason.of(denial), place, object, session.user().name());
  }

  /**
   * What a user is.
   *
   * @param flags words for what holds of all that he does
   * @param passwords their SHA-256 in hexadecimal
   * @param root what he may do
   * @param selectors what he may do beside
   */
  record Description(
      List<String> flags, List<String> passwords, Rules root, List<Rules> selectors) {}

  /**
   * Commands, and the keys and channels that they may have.
   *
   * @param commands rules that begin with all or none
   * @param keys patterns of keys
   * @param channels patterns of channels
   */
  record Rules(String commands, String keys, String channels) {}
}
