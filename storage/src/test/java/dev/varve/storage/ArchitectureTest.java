package dev.varve.storage;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.varve.storage.engine.ThreadScheduler;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The layers of {@code docs/architecture.md}, held. */
final class ArchitectureTest {

  private static final String ROOT = "dev.varve.storage";

  /** Which packages a package may use, beside its own, {@code base} and the root (the API). */
  private static final Map<String, Set<String>> MAY_USE =
      Map.ofEntries(
          Map.entry("fs", Set.of()),
          Map.entry("latency", Set.of()),
          Map.entry("iterator", Set.of("latency")),
          Map.entry("cache", Set.of("latency")),
          Map.entry("record", Set.of("fs")),
          Map.entry("wal", Set.of("record", "fs")),
          Map.entry("memtable", Set.of("iterator")),
          Map.entry("block", Set.of("fs", "cache", "latency")),
          Map.entry("sstable", Set.of("fs", "cache", "block", "iterator", "latency")),
          Map.entry("blob", Set.of("fs", "cache", "block")),
          Map.entry("manifest", Set.of("record", "fs", "cache", "sstable", "blob", "iterator")),
          Map.entry(
              "verify", Set.of("fs", "cache", "iterator", "sstable", "blob", "manifest", "wal")),
          Map.entry(
              "repair",
              Set.of(
                  "verify",
                  "wal",
                  "compaction",
                  "flush",
                  "manifest",
                  "memtable",
                  "sstable",
                  "blob",
                  "iterator",
                  "cache",
                  "fs")),
          Map.entry("backup", Set.of("engine", "wal", "fs")),
          Map.entry("ingest", Set.of("cache", "sstable", "manifest", "iterator", "fs")),
          Map.entry("settle", Set.of("memtable", "manifest", "iterator")),
          Map.entry("flush", Set.of("memtable", "sstable", "blob", "manifest", "iterator", "fs")),
          Map.entry("compaction", Set.of("sstable", "blob", "manifest", "iterator", "fs")));

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(ROOT);

  @TestFactory
  Stream<DynamicTest> packagesUseOnlyWhatLiesBeneathThem() {
    return MAY_USE.entrySet().stream()
        .map(
            entry -> {
              String name = entry.getKey();
              String[] allowed =
                  Stream.concat(Stream.of(name, "base"), entry.getValue().stream())
                      .map(other -> ROOT + "." + other)
                      .toArray(String[]::new);
              return DynamicTest.dynamicTest(
                  name,
                  () ->
                      classes()
                          .that()
                          .resideInAPackage(ROOT + "." + name)
                          .should()
                          .onlyDependOnClassesThat(
                              resideInAnyPackage(allowed)
                                  .or(resideInAnyPackage(ROOT))
                                  .or(DescribedPredicate.not(resideInAnyPackage("dev.varve.."))))
                          .check(CLASSES));
            });
  }

  @Test
  void everyPackageHasItsPlaceAmongTheLayers() {
    String[] known =
        Stream.concat(
                Stream.of(ROOT, ROOT + ".base", ROOT + ".engine"),
                MAY_USE.keySet().stream().map(name -> ROOT + "." + name))
            .toArray(String[]::new);
    classes().should().resideInAnyPackage(known).check(CLASSES);
  }

  @Test
  void theApiKnowsNothingOfItsImplementation() {
    classes()
        .that()
        .resideInAnyPackage(ROOT, ROOT + ".base")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(ROOT, ROOT + ".base", "java..")
        .check(CLASSES);
  }

  @Test
  void theRootIsMadeOfItsBase() {
    classes()
        .that()
        .resideInAPackage(ROOT + ".base")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(ROOT + ".base", "java..")
        .check(CLASSES);
  }

  @Test
  void packagesHaveNoCycles() {
    slices().matching(ROOT + ".(*)").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void onlyFsTouchesFiles() {
    noClasses()
        .that()
        .resideOutsideOfPackage(ROOT + ".fs")
        .should()
        .dependOnClassesThat()
        .haveNameMatching(
            "java\\.nio\\.file\\.(Files|FileSystems|StandardOpenOption)|java\\.nio\\.channels\\..*Channel|java\\.io\\.(File|.*File|File.*Stream|RandomAccessFile)")
        .because("crashes and errors are simulated there")
        .check(CLASSES);
  }

  @Test
  void timeIsHandedIn() {
    noClasses()
        .should()
        .callMethod(System.class, "currentTimeMillis")
        .orShould()
        .callMethod(System.class, "nanoTime")
        .orShould()
        .dependOnClassesThat()
        .resideInAPackage("java.time..")
        .because("a test runs the engine by a clock of its own")
        .check(CLASSES);
  }

  @Test
  void threadsAreMadeByTheSchedulerAlone() {
    noClasses()
        .that()
        .doNotBelongToAnyOf(ThreadScheduler.class)
        .should()
        .callConstructor(Thread.class, Runnable.class)
        .orShould()
        .callConstructor(Thread.class, Runnable.class, String.class)
        .orShould()
        .dependOnClassesThat()
        .belongToAnyOf(Executors.class, Thread.Builder.class)
        .because("a test steps all background work on its own thread")
        .check(CLASSES);
  }

  @Test
  void memoryIsNotReachedBehindTheLanguagesBack() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("sun..", "jdk.internal..")
        .check(CLASSES);
  }
}
