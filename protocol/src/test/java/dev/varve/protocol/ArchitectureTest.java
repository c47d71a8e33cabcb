package dev.varve.protocol;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** Wire bytes and nothing else. */
final class ArchitectureTest {

  @Test
  void knowsOnlyBuffers() {
    classes()
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage("dev.varve.protocol", "io.netty.buffer", "io.netty.util..", "java..")
        .check(
            new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("dev.varve.protocol"));
  }
}
