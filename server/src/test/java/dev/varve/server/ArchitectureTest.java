package dev.varve.server;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaAccess.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.varve.storage.StorageEngine;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The layers of {@code docs/architecture.md}, held. */
final class ArchitectureTest {

  private static final String ROOT = "dev.varve.server";

  /** Which packages of the server a package may use, beside its own. */
  private static final Map<String, Set<String>> MAY_USE =
      Map.ofEntries(
          Map.entry("datatype", Set.of()),
          Map.entry("datatype.collection", Set.of("datatype")),
          Map.entry("datatype.hash", Set.of("datatype", "datatype.collection")),
          Map.entry("datatype.set", Set.of("datatype", "datatype.collection")),
          Map.entry("datatype.list", Set.of("datatype", "datatype.collection")),
          Map.entry("datatype.stream", Set.of("datatype", "datatype.collection")),
          Map.entry("datatype.string", Set.of("datatype", "datatype.collection")),
          Map.entry("datatype.zset", Set.of("datatype", "datatype.collection")),
          Map.entry("datatype.check", Set.of("datatype")),
          Map.entry(
              "datatype.warming", Set.of("datatype", "datatype.collection", "datatype.string")),
          Map.entry("datatype.geo", Set.of("datatype.zset")),
          Map.entry("datatype.hyperloglog", Set.of()),
          Map.entry("rdb", Set.of()),
          Map.entry("transfer", Set.of("rdb")),
          Map.entry("pubsub", Set.of("datatype")),
          Map.entry("latency", Set.of()),
          Map.entry("migration", Set.of()),
          Map.entry("tracking", Set.of("datatype", "pubsub")),
          Map.entry(
              "dispatch",
              Set.of(
                  "datatype",
                  "datatype.collection",
                  "datatype.hash",
                  "datatype.hyperloglog",
                  "datatype.list",
                  "datatype.set",
                  "datatype.stream",
                  "datatype.string",
                  "datatype.zset",
                  "latency",
                  "migration",
                  "pubsub",
                  "tracking")),
          Map.entry("acl", Set.of("command.support", "datatype", "dispatch", "pubsub")),
          Map.entry("command.acl", Set.of("command.support", "dispatch")),
          Map.entry("command.support", Set.of("dispatch", "datatype", "datatype.string")),
          Map.entry(
              "command.connection", Set.of("command.support", "dispatch", "pubsub", "tracking")),
          Map.entry("command.pubsub", Set.of("command.support", "dispatch", "datatype", "pubsub")),
          Map.entry(
              "command.admin",
              Set.of("command.support", "dispatch", "datatype", "latency", "pubsub")),
          Map.entry("command.server", Set.of("command.support", "dispatch", "datatype")),
          Map.entry(
              "command.hash",
              Set.of(
                  "command.support",
                  "dispatch",
                  "datatype",
                  "datatype.collection",
                  "datatype.hash")),
          Map.entry(
              "command.set",
              Set.of(
                  "command.support",
                  "dispatch",
                  "datatype",
                  "datatype.collection",
                  "datatype.set")),
          Map.entry(
              "command.zset",
              Set.of(
                  "command.support",
                  "dispatch",
                  "datatype",
                  "datatype.collection",
                  "datatype.set",
                  "datatype.zset",
                  "datatype.geo")),
          Map.entry(
              "command.list", Set.of("command.support", "dispatch", "datatype", "datatype.list")),
          Map.entry(
              "command.stream",
              Set.of(
                  "command.support",
                  "dispatch",
                  "datatype",
                  "datatype.collection",
                  "datatype.stream",
                  "datatype.string")),
          Map.entry(
              "command.sort",
              Set.of(
                  "command.support",
                  "dispatch",
                  "datatype",
                  "datatype.hash",
                  "datatype.list",
                  "datatype.set",
                  "datatype.zset",
                  "datatype.string")),
          Map.entry(
              "command.dump",
              Set.of(
                  "command.support",
                  "dispatch",
                  "datatype",
                  "datatype.collection",
                  "datatype.hash",
                  "datatype.list",
                  "datatype.set",
                  "datatype.stream",
                  "datatype.string",
                  "datatype.zset",
                  "migration",
                  "rdb")),
          Map.entry(
              "command.debug",
              Set.of(
                  "command.support",
                  "dispatch",
                  "datatype",
                  "datatype.collection",
                  "datatype.hash",
                  "datatype.list",
                  "datatype.set",
                  "datatype.stream",
                  "datatype.string",
                  "datatype.zset")),
          Map.entry("command.replication", Set.of("command.support", "dispatch")),
          Map.entry("command.key", Set.of("command.support", "dispatch", "datatype")),
          Map.entry(
              "command.string",
              Set.of("command.support", "dispatch", "datatype", "datatype.string")),
          Map.entry(
              "command.hyperloglog",
              Set.of(
                  "command.support",
                  "dispatch",
                  "datatype",
                  "datatype.collection",
                  "datatype.hyperloglog",
                  "datatype.string")),
          Map.entry(
              "command.bits", Set.of("command.support", "dispatch", "datatype", "datatype.string")),
          Map.entry("command.transaction", Set.of("dispatch", "datatype")),
          Map.entry("command.script", Set.of("command.support", "dispatch", "datatype", "rdb")),
          Map.entry(
              "command",
              Set.of(
                  "dispatch",
                  "command.acl",
                  "command.admin",
                  "command.connection",
                  "command.server",
                  "command.debug",
                  "command.hash",
                  "command.set",
                  "command.zset",
                  "command.list",
                  "command.stream",
                  "command.sort",
                  "command.key",
                  "command.pubsub",
                  "command.replication",
                  "command.string",
                  "command.bits",
                  "command.dump",
                  "command.hyperloglog",
                  "command.transaction",
                  "command.script")),
          Map.entry("config", Set.of("dispatch", "datatype", "datatype.collection")),
          Map.entry(
              "writer",
              Set.of("dispatch", "datatype", "datatype.hash", "datatype.zset", "tracking")),
          Map.entry(
              "metrics", Set.of("config", "dispatch", "datatype", "pubsub", "tracking", "writer")),
          Map.entry("tls", Set.of("config", "dispatch")),
          Map.entry(
              "network",
              Set.of(
                  "config",
                  "dispatch",
                  "datatype",
                  "datatype.warming",
                  "metrics",
                  "pubsub",
                  "tls",
                  "writer",
                  "tracking")));

  /** The methods of {@link StorageEngine} that change nothing. */
  private static final String READS_THE_ENGINE =
      "view|flushedView|latest|get|statistics|resetLatencies|countIsExact"
          + "|visibleSequence|writtenSequence|durableSequence";

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(ROOT);

  @TestFactory
  Stream<DynamicTest> packagesUseOnlyWhatLiesBeneathThem() {
    return MAY_USE.entrySet().stream()
        .map(
            entry -> {
              String name = ROOT + "." + entry.getKey();
              String[] allowed =
                  Stream.concat(
                          Stream.of(name),
                          entry.getValue().stream().map(other -> ROOT + "." + other))
                      .toArray(String[]::new);
              return DynamicTest.dynamicTest(
                  entry.getKey(),
                  () ->
                      classes()
                          .that()
                          .resideInAPackage(name)
                          .should()
                          .onlyDependOnClassesThat(
                              resideInAnyPackage(allowed).or(not(resideInAPackage(ROOT + ".."))))
                          .check(CLASSES));
            });
  }

  @Test
  void everyPackageHasItsPlaceAmongTheLayers() {
    String[] known =
        Stream.concat(
                Stream.of(ROOT, ROOT + ".bootstrap"),
                MAY_USE.keySet().stream().map(name -> ROOT + "." + name))
            .toArray(String[]::new);
    classes().should().resideInAnyPackage(known).check(CLASSES);
  }

  @Test
  void packagesHaveNoCycles() {
    slices().matching(ROOT + ".(**)").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void commandsAndTypesNeverSeeTheWire() {
    noClasses()
        .that()
        .resideInAnyPackage(
            ROOT + ".command..", ROOT + ".datatype..", ROOT + ".dispatch", ROOT + ".config")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.netty.channel..")
        .check(CLASSES);
    noClasses()
        .that()
        .resideInAPackage(ROOT + ".datatype..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("dev.varve.protocol..")
        .because("types know nothing of replies")
        .check(CLASSES);
  }

  @Test
  void theEngineIsReachedThroughItsInterface() {
    noClasses()
        .that()
        .resideOutsideOfPackage(ROOT + ".bootstrap")
        .should()
        .dependOnClassesThat(
            resideInAPackage("dev.varve.storage..")
                .and(not(resideInAnyPackage("dev.varve.storage", "dev.varve.storage.base"))))
        .check(CLASSES);
  }

  /** Named are those that all may call, so that a new method is the writer's until it is named. */
  @Test
  void onlyTheWriterWritesToTheEngine() {
    noClasses()
        .that()
        .resideOutsideOfPackages(ROOT + ".writer", ROOT + ".bootstrap")
        .should()
        .callMethodWhere(
            target(owner(assignableTo(StorageEngine.class)))
                .and(not(target(nameMatching(READS_THE_ENGINE)))))
        .check(CLASSES);
  }

  @Test
  void theWallClockIsHandedIn() {
    noClasses()
        .that()
        .resideOutsideOfPackage(ROOT + ".bootstrap")
        .should()
        .callMethod(System.class, "currentTimeMillis")
        .because("there is one monotone time, and tests have a clock of their own")
        .check(CLASSES);
    noClasses()
        .that()
        .resideInAnyPackage(
            ROOT + ".command..", ROOT + ".datatype..", ROOT + ".dispatch", ROOT + ".config")
        .should()
        .callMethod(System.class, "nanoTime")
        .because(
            "what a command does follows from its arguments, the data, and the time it is given")
        .check(CLASSES);
  }

  @Test
  void threadsHaveOwners() {
    noClasses()
        .that()
        .resideOutsideOfPackages(ROOT + ".bootstrap", ROOT + ".writer")
        .should()
        .callConstructor(Thread.class, Runnable.class)
        .orShould()
        .callConstructor(Thread.class, Runnable.class, String.class)
        .orShould()
        .dependOnClassesThat()
        .belongToAnyOf(Executors.class, Thread.Builder.class)
        .check(CLASSES);
  }
}
