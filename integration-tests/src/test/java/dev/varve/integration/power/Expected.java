package dev.varve.integration.power;

import dev.varve.integration.RawClient;
import dev.varve.integration.kill.Command;
import dev.varve.integration.kill.Model;
import dev.varve.integration.kill.Model.Found;
import dev.varve.integration.kill.Model.Moment;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What one writer's keys may hold after a loss of power: the state after all commands of {@code
 * surely}, or after some more of {@code maybe}, one after the other; or after all of these and any
 * of {@code open}, in their order.
 *
 * @param base before all of them
 * @param open sent last, where calls fail: some may have been refused, on a full disk, and be
 *     answered like those after them that were done, and nobody knows how durably
 * @param seen the greatest version of a value that anybody had read
 */
record Expected(
    PowerWriter writer,
    Model base,
    List<Executed> surely,
    List<Executed> maybe,
    List<Executed> open,
    long seen) {

  /**
   * A command that was or may have been executed.
   *
   * @param reply {@link Command.Unanswered#NO_REPLY} if there is none
   */
  record Executed(Command command, Moment moment, Object reply) {

    void applyTo(Model model) {
      try {
        command.effect().apply(model, moment, reply);
      } catch (AssertionError e) {
        throw new AssertionError(command + ": " + e.getMessage(), e);
      }
    }
  }

  /**
   * Reads all keys back.
   *
   * @return what they hold, as the next commands will find it
   * @throws AssertionError if they aren't what they may be
   */
  Model verify(RawClient client) throws IOException {
    Command.expect("OK", client.call("SELECT", Integer.toString(writer.database())));
    long begin = System.currentTimeMillis();
    Map<String, Found> found = read(client);
    Moment moment = new Moment(begin, System.currentTimeMillis());
    Model model = base.copy();
    surely.forEach(each -> each.applyTo(model));
    List<String> least = null;
    int best = 0;
    for (int tried = 0; tried <= maybe.size(); tried++) {
      if (tried > 0) {
        maybe.get(tried - 1).applyTo(model);
      }
      List<String> wrong = contradictions(model, found, moment);
      if (wrong.isEmpty()) {
        model.learn(found);
        return model;
      }
      if (least == null || wrong.size() < least.size()) {
        least = wrong;
        best = tried;
      }
    }
    for (int subset = 1; subset < 1 << open.size(); subset++) {
      Model some = withSome(model, subset);
      if (contradictions(some, found, moment).isEmpty()) {
        some.learn(found);
        return some;
      }
    }
    throw new AssertionError(
        "database %d, after %d commands that must be there and %d of %d that may; next %s: %s; open: %s; refused: %s"
            .formatted(
                writer.database(),
                surely.size(),
                best,
                maybe.size(),
                best < maybe.size() ? maybe.get(best).command() : "none",
                least,
                open.stream().map(each -> each.command().toString()).toList(),
                writer.refused()));
  }

  private Model withSome(Model model, int subset) {
    Model some = model.copy();
    for (int i = 0; i < open.size(); i++) {
      if ((subset >> i & 1) != 0) {
        open.get(i).applyTo(some);
      }
    }
    return some;
  }

  private List<String> contradictions(Model model, Map<String, Found> found, Moment moment) {
    List<String> wrong = new ArrayList<>();
    if (model.lastVersion() < seen) {
      wrong.add("version " + seen + " was seen, and is lost");
    }
    found.forEach(
        (name, each) -> {
          String one = model.contradiction(Map.of(name, each), moment);
          if (one != null) {
            wrong.add(one);
          }
        });
    return wrong;
  }

  private Map<String, Found> read(RawClient client) throws IOException {
    for (String name : writer.names()) {
      client.write(RawClient.frame("GET", name));
      client.write(RawClient.frame("PEXPIRETIME", name));
    }
    client.flush();
    Map<String, Found> found = new LinkedHashMap<>();
    for (String name : writer.names()) {
      byte[] bytes = (byte[]) client.read();
      found.put(name, new Found(bytes, (Long) client.read()));
    }
    return found;
  }
}
