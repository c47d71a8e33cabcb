package dev.varve.lua;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/**
 * Nothing but the JDK's base, straight layers, nothing that two interpreters share and one could
 * change.
 */
final class ArchitectureTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.varve.lua");

  @Test
  void knowsOnlyJava() {
    classes()
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "dev.varve.lua..", "java.lang..", "java.util..", "java.io", "java.math", "java.nio..")
        .check(CLASSES);
  }

  @Test
  void layersGoDown() {
    layeredArchitecture()
        .consideringOnlyDependenciesInLayers()
        .layer("api")
        .definedBy("dev.varve.lua")
        .layer("codec")
        .definedBy("dev.varve.lua.codec")
        .layer("library")
        .definedBy("dev.varve.lua.library")
        .layer("compiler")
        .definedBy("dev.varve.lua.compiler")
        .layer("tree")
        .definedBy("dev.varve.lua.tree")
        .layer("runtime")
        .definedBy("dev.varve.lua.runtime")
        .whereLayer("api")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("codec")
        .mayOnlyBeAccessedByLayers("api")
        .whereLayer("library")
        .mayOnlyBeAccessedByLayers("api", "codec")
        .whereLayer("compiler")
        .mayOnlyBeAccessedByLayers("api", "library")
        .whereLayer("tree")
        .mayOnlyBeAccessedByLayers("compiler")
        .check(CLASSES);
  }

  @Test
  void nothingStaticChanges() {
    fields().that().areStatic().should().beFinal().check(CLASSES);
  }
}
