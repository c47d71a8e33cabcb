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
          Map.entry("dispatch", Set.of("datatype")),
          Map.entry("command.support", Set.of("dispatch")),
          Map.entry("command.connection", Set.of("command.support", "dispatch")),
          Map.entry("command.server", Set.of("command.support", "dispatch", "datatype")),
          Map.entry("command.key", Set.of("command.support", "dispatch", "datatype")),
          Map.entry("command.string", Set.of("command.support", "dispatch", "datatype")),
          Map.entry("command.transaction", Set.of("dispatch", "datatype")),
          Map.entry(
              "command",
              Set.of(
                  "dispatch",
                  "command.connection",
                  "command.server",
                  "command.key",
                  "command.string",
                  "command.transaction")),
          Map.entry("config", Set.of("dispatch")),
          Map.entry("writer", Set.of("dispatch", "datatype")),
          Map.entry("metrics", Set.of("config", "dispatch", "datatype", "writer")),
          Map.entry("network", Set.of("config", "dispatch", "datatype", "metrics", "writer")));

  /** The methods of {@link StorageEngine} that change nothing. */
  private static final String READS_THE_ENGINE =
      "view|latest|get|statistics|resetLatencies|countIsExact"
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
            ROOT + ".command..", ROOT + ".datatype", ROOT + ".dispatch", ROOT + ".config")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.netty.channel..")
        .check(CLASSES);
    noClasses()
        .that()
        .resideInAPackage(ROOT + ".datatype")
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
            ROOT + ".command..", ROOT + ".datatype", ROOT + ".dispatch", ROOT + ".config")
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
