package dev.varve.server.command.debug;

import dev.varve.protocol.ProtocolVersion;
import dev.varve.protocol.ReplySink;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;
import java.util.Locale;

/** DEBUG PROTOCOL: a reply of each type. */
final class ProtocolCommand {
  private ProtocolCommand() {}

  static void run(CommandContext context) {
    ReplySink reply = context.reply();
    switch (context.request().argumentString(2).toLowerCase(Locale.ROOT)) {
      case "string" -> reply.bulk("Hello World");
      case "integer" -> reply.integer(12345);
      case "double" -> reply.doubleValue(3.141);
      case "bignum" -> reply.bigNumber("1234567999999999999999999999999999999");
      case "null" -> reply.nullBulk();
      case "array" -> {
        reply.arrayHeader(3);
        numbers(reply);
      }
      case "set" -> {
        reply.setHeader(3);
        numbers(reply);
      }
      case "map" -> {
        reply.mapHeader(3);
        for (int i = 0; i < 3; i++) {
          reply.integer(i);
          reply.booleanValue(i == 1);
        }
      }
      case "attrib" -> attribute(reply);
      case "push" -> push(reply);
      case "true" -> reply.booleanValue(true);
      case "false" -> reply.booleanValue(false);
      case "verbatim" -> reply.verbatim("This is a verbatim\nstring");
      default ->
          throw new CommandException(
              "ERR Wrong protocol type name. Please use one of the following:"
                  + " string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true"
                  + "|false");
    }
  }

  private static void numbers(ReplySink reply) {
    for (int i = 0; i < 3; i++) {
      reply.integer(i);
    }
  }

  private static void attribute(ReplySink reply) {
    if (reply.version() == ProtocolVersion.RESP3) {
      reply.attributeHeader(1);
      reply.bulk("key-popularity");
      reply.arrayHeader(2);
      reply.bulk("key:123");
      reply.integer(90);
    }
    reply.bulk("Some real reply following the attribute");
  }

  private static void push(ReplySink reply) {
    if (reply.version() == ProtocolVersion.RESP2) {
      throw new CommandException("ERR RESP2 is not supported by this command");
    }
    reply.pushHeader(2);
    reply.bulk("server-cpu-usage");
    reply.integer(42);
    reply.bulk("Some real reply following the push reply");
  }
}
