package dev.varve.server.acl;

import dev.varve.server.dispatch.AclCategory;
import dev.varve.server.dispatch.CommandSpec;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Says by few rules which commands a selector allows: all or none at first, then those categories
 * that fit better than not, the best first, then what is left, command by command.
 */
final class CommandRules {
  private final Selector selector;

  /** Whether it begins with none, and adds. */
  private final boolean adds;

  /** What the rules so far allow. */
  private final SelectorDraft said;

  private final StringBuilder rules = new StringBuilder();

  private CommandRules(Selector selector) {
    this.selector = selector;
    this.adds = !selector.futureCommands();
    this.said = new SelectorDraft(selector.known(), false);
  }

  static String describe(Selector selector) {
    return new CommandRules(selector).describe();
  }

  private String describe() {
    if (!adds) {
      said.allowed().fill(selector.known().size(), true);
    }
    rules.append(adds ? "-@all " : "+@all ");
    describeCategories();
    selector.known().commands().forEach(this::describeOne);
    rules.setLength(rules.length() - 1);
    return rules.toString();
  }

  private void describeCategories() {
    SelectorDraft left = new SelectorDraft(selector);
    Set<AclCategory> taken = EnumSet.noneOf(AclCategory.class);
    for (AclCategory best = best(left, taken); best != null; best = best(left, taken)) {
      taken.add(best);
      rules.append(adds ? "+@" : "-@").append(best.label()).append(' ');
      said.change(best, adds);
      left.change(best, !adds);
    }
  }

  /** The category that fits what is left best; null: none fits better than not. */
  private AclCategory best(SelectorDraft left, Set<AclCategory> taken) {
    AclCategory best = null;
    int least = Integer.MAX_VALUE;
    int most = 0;
    for (AclCategory category : AclCategory.values()) {
      if (taken.contains(category)) {
        continue;
      }
      int same = 0;
      int different = 0;
      for (CommandSpec command : selector.known().all()) {
        if (command.categories().contains(category)) {
          if (left.allowed().has(command.number()) == adds) {
            same++;
          } else {
            different++;
          }
        }
      }
      if (same > different && (different < least || (different == least && same > most))) {
        best = category;
        least = different;
        most = same;
      }
    }
    return best;
  }

  private void describeOne(CommandSpec command) {
    boolean allowed = selector.allowed().has(command.number());
    if (allowed != said.allowed().has(command.number())) {
      rules.append(allowed ? '+' : '-').append(command.fullName()).append(' ');
      said.set(command, allowed);
    }
    command.subcommands().forEach(this::describeOne);
    if (!allowed) {
      for (String argument : selector.firstArguments().getOrDefault(command, List.of())) {
        rules.append('+').append(command.fullName()).append('|').append(argument).append(' ');
      }
    }
  }
}
