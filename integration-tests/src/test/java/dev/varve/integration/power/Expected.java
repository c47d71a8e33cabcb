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
 * surely}, or after some more of {@code maybe}, one behind the other.
 *
 * @param base before all of them
 * @param seen the greatest version of a value that anybody had read
 */
record Expected(
    PowerWriter writer, Model base, List<Executed> surely, List<Executed> maybe, long seen) {

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
    for (int tried = 0; ; tried++) {
      List<String> wrong = contradictions(model, found, moment);
      if (wrong.isEmpty()) {
        model.learn(found);
        return model;
      }
      if (least == null || wrong.size() < least.size()) {
        least = wrong;
        best = tried;
      }
      if (tried == maybe.size()) {
        throw new AssertionError(
            "database %d, after %d commands that must be there and %d of %d that may; next %s: %s; refused: %s"
                .formatted(
                    writer.database(),
                    surely.size(),
                    best,
                    maybe.size(),
                    best < maybe.size() ? maybe.get(best).command() : "none",
                    least,
                    writer.refused()));
      }
      maybe.get(tried).applyTo(model);
    }
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
