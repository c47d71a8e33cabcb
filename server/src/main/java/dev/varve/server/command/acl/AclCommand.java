package dev.varve.server.command.acl;

import dev.varve.protocol.ReplySink;
import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.Errors;
import dev.varve.server.command.support.HelpReply;
import dev.varve.server.dispatch.AclCategory;
import dev.varve.server.dispatch.AclLog;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.Denial;
import dev.varve.server.dispatch.User;
import dev.varve.server.dispatch.Users;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** The subcommands of ACL. */
final class AclCommand {
  private static final byte[] RESET = Arguments.word("RESET");
  private static final int MOST_PASSWORD_BITS = 4096;
  private static final int PASSWORD_BITS = 256;
  private static final int LOG_ENTRIES = 10;

  /** Where in ACL DRYRUN the command begins. */
  private static final int INNER = 3;

  private static final SecureRandom RANDOM = new SecureRandom();
  private static final String NO_FILE =
      "ERR This Redis instance is not configured to use an ACL file. You may want to specify users"
          + " via the ACL SETUSER command and then issue a CONFIG REWRITE (assuming you have a"
          + " Redis configuration file set) in order to store users in the Redis configuration.";

  private AclCommand() {}

  private static Users users(CommandContext context) {
    return context.services().users();
  }

  static void setUser(CommandContext context) {
    Request request = context.request();
    String name = request.argumentString(2);
    if (name.chars().anyMatch(c -> c == 0 || c == ' ' || (c >= '\t' && c <= '\r'))) {
      throw new CommandException("ERR Usernames can't contain spaces or null characters");
    }
    String error = users(context).change(name, texts(request, 3), context.session());
    if (error != null) {
      throw refusal(error);
    }
    context.reply().ok();
  }

  private static CommandException refusal(String error) {
    return new CommandException(
        error.equals(Users.NO_MEMORY)
            ? error
            : "ERR " + error.replace('\r', ' ').replace('\n', ' '));
  }

  private static List<String> texts(Request request, int from) {
    List<String> texts = new ArrayList<>();
    for (int i = from; i < request.argumentCount(); i++) {
      texts.add(request.argumentString(i));
    }
    return texts;
  }

  static void deleteUser(CommandContext context) {
    List<String> names = texts(context.request(), 2);
    if (names.contains(User.DEFAULT)) {
      throw new CommandException("ERR The 'default' user cannot be removed");
    }
    context.reply().integer(users(context).remove(names, context.session()));
  }

  static void getUser(CommandContext context) {
    Users.Description user = users(context).describe(context.request().argumentString(2));
    ReplySink reply = context.reply();
    if (user == null) {
      reply.nullBulk();
      return;
    }
    reply.mapHeader(6);
    reply.bulk("flags");
    reply.setHeader(user.flags().size());
    user.flags().forEach(reply::bulk);
    reply.bulk("passwords");
    reply.arrayHeader(user.passwords().size());
    user.passwords().forEach(reply::bulk);
    write(reply, user.root());
    reply.bulk("selectors");
    reply.arrayHeader(user.selectors().size());
    for (Users.Rules selector : user.selectors()) {
      reply.mapHeader(3);
      write(reply, selector);
    }
  }

  private static void write(ReplySink reply, Users.Rules selector) {
    reply.bulk("commands");
    text(reply, selector.commands());
    reply.bulk("keys");
    text(reply, selector.keys());
    reply.bulk("channels");
    text(reply, selector.channels());
  }

  private static void text(ReplySink reply, String bytes) {
    reply.bulk(bytes.getBytes(StandardCharsets.ISO_8859_1));
  }

  static void list(CommandContext context) {
    texts(context.reply(), users(context).lines());
  }

  static void names(CommandContext context) {
    texts(context.reply(), users(context).names());
  }

  private static void texts(ReplySink reply, List<String> texts) {
    reply.arrayHeader(texts.size());
    texts.forEach(text -> text(reply, text));
  }

  static void whoAmI(CommandContext context) {
    text(context.reply(), context.session().user().name());
  }

  static void load(CommandContext context) {
    checkFile(context);
    String error = users(context).load(context.session());
    if (error != null) {
      throw refusal(error);
    }
    context.reply().ok();
  }

  static void save(CommandContext context) {
    checkFile(context);
    if (!users(context).save()) {
      throw new CommandException(
          "ERR There was an error trying to save the ACLs. Please check the server logs for more"
              + " information");
    }
    context.reply().ok();
  }

  private static void checkFile(CommandContext context) {
    if (!users(context).haveFile()) {
      throw new CommandException(NO_FILE);
    }
  }

  static void categories(CommandContext context) {
    Request request = context.request();
    ReplySink reply = context.reply();
    switch (request.argumentCount()) {
      case 2 -> {
        reply.arrayHeader(AclCategory.values().length);
        for (AclCategory category : AclCategory.values()) {
          reply.bulk(category.label());
        }
      }
      case 3 -> commands(context, Arguments.printed(request, 2));
      default -> throw Errors.subcommand(context);
    }
  }

  private static void commands(CommandContext context, String name) {
    AclCategory wanted = null;
    for (AclCategory category : AclCategory.values()) {
      wanted = category.label().equalsIgnoreCase(name) ? category : wanted;
    }
    if (wanted == null) {
      String shown = name.substring(0, Math.min(128, name.length()));
      throw new CommandException("ERR Unknown category '" + shown + "'");
    }
    List<String> names = new ArrayList<>();
    for (CommandSpec command : context.services().commands().all()) {
      if (command.categories().contains(wanted)) {
        names.add(command.fullName());
      }
    }
    texts(context.reply(), names);
  }

  static void newPassword(CommandContext context) {
    int count = context.request().argumentCount();
    if (count > 3) {
      throw Errors.subcommand(context);
    }
    long bits = count == 3 ? Arguments.longValue(context, 2) : PASSWORD_BITS;
    if (bits <= 0 || bits > MOST_PASSWORD_BITS) {
      throw new CommandException(
          "ERR ACL GENPASS argument must be the number of bits for the output password, a positive"
              + " number up to "
              + MOST_PASSWORD_BITS);
    }
    int digits = (int) ((bits + 3) / 4);
    byte[] random = new byte[(digits + 1) / 2];
    RANDOM.nextBytes(random);
    context.reply().bulk(HexFormat.of().formatHex(random).substring(0, digits));
  }

  static void log(CommandContext context) {
    Request request = context.request();
    AclLog log = users(context).log();
    if (request.argumentCount() > 3) {
      throw Errors.subcommand(context);
    }
    if (request.argumentCount() == 3 && request.equalsIgnoreCase(2, RESET)) {
      log.clear();
      context.reply().ok();
      return;
    }
    long count = request.argumentCount() == 3 ? Arguments.longValue(context, 2) : LOG_ENTRIES;
    List<AclLog.Entry> latest = log.latest(Math.max(0, count));
    context.reply().arrayHeader(latest.size());
    for (AclLog.Entry entry : latest) {
      write(context.reply(), entry, log.nowMillis());
    }
  }

  private static void write(ReplySink reply, AclLog.Entry entry, long nowMillis) {
    reply.mapHeader(7);
    reply.bulk("count");
    reply.integer(entry.count());
    reply.bulk("reason");
    reply.bulk(entry.reason().label());
    reply.bulk("context");
    reply.bulk(entry.place().label());
    reply.bulk("object");
    text(reply, entry.object());
    reply.bulk("username");
    text(reply, entry.user());
    reply.bulk("age-seconds");
    reply.doubleValue((nowMillis - entry.millis()) / 1000.0);
    reply.bulk("client-info");
    text(reply, entry.client());
  }

  static void dryRun(CommandContext context) {
    Request request = context.request();
    User user = users(context).find(request.argumentString(2));
    if (user == null) {
      throw new CommandException("ERR User '" + Arguments.printed(request, 2) + "' not found");
    }
    CommandSpec command = context.services().commands().find(request, INNER);
    if (command == null) {
      String name = Arguments.printed(request, INNER);
      throw new CommandException("ERR Command '" + name + "' not found");
    }
    if (!command.accepts(request.argumentCount() - INNER)) {
      throw new CommandException(
          "ERR wrong number of arguments for '" + command.fullName() + "' command");
    }
    Denial denial = user.permissions().denial(command, request, INNER);
    if (denial == null) {
      context.reply().ok();
      return;
    }
    String refused =
        switch (denial.kind()) {
          case COMMAND -> "run the '" + command.fullName() + "' command";
          case KEY -> "access the '" + Arguments.printed(request, denial.argument()) + "' key";
          case CHANNEL ->
              "access the '" + Arguments.printed(request, denial.argument()) + "' channel";
        };
    text(context.reply(), "This user has no permissions to " + refused);
  }

  static void help(CommandContext context) {
    HelpReply.write(
        context,
        "CAT [<category>]",
        "    List the categories of commands, or the commands of one.",
        "DELUSER <username> [<username> ...]",
        "    Remove users, and close their connections.",
        "DRYRUN <username> <command> [<arg> ...]",
        "    Tell whether a user may run a command, which is not run.",
        "GETUSER <username>",
        "    Tell what a user is.",
        "GENPASS [<bits>]",
        "    Make a random password of 256 bits, or of so many.",
        "LIST",
        "    Tell what each user is, as a configuration file says it.",
        "LOAD",
        "    Replace all users by those of the ACL file.",
        "LOG [<count> | RESET]",
        "    Tell what was refused of late, or forget it.",
        "SAVE",
        "    Write all users to the ACL file.",
        "SETUSER <username> <attribute> [<attribute> ...]",
        "    Make or change a user.",
        "USERS",
        "    List the names of users.",
        "WHOAMI",
        "    Tell whom this connection is authenticated as.");
  }
}
