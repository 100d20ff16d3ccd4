package io.volary.server.house;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Who may know whom. Here, because this module sees all the others. */
class ArchitectureTest {
    private static JavaClasses classes;

    @BeforeAll
    static void read() {
        classes = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("io.volary");
    }

    @Test
    void modulesDependDownwards() {
        layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .layer("block")
                .definedBy("io.volary.block..")
                .layer("linux")
                .definedBy("io.volary.linux..")
                .layer("volume")
                .definedBy("io.volary.volume..")
                .layer("export")
                .definedBy("io.volary.export..")
                .optionalLayer("store") // found by ServiceLoader, where they are there
                .definedBy("io.volary.store..")
                .layer("server")
                .definedBy("io.volary.server..")
                .whereLayer("server")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("store")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("export")
                .mayOnlyBeAccessedByLayers("server")
                .whereLayer("volume")
                .mayOnlyBeAccessedByLayers("server", "store")
                .whereLayer("linux")
                .mayOnlyBeAccessedByLayers("volume", "store", "export", "server")
                .whereLayer("block")
                .mayOnlyBeAccessedByLayers("volume", "export", "server")
                .check(classes);
    }

    @Test
    void onlyLinuxCallsNativeCode() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.volary.linux..")
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.lang.foreign.Linker")
                .orShould()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.lang.foreign.SymbolLookup")
                .check(classes);
    }

    @Test
    void nobodyUsesUnsafe() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .haveNameMatching("(sun|jdk\\.internal)\\.misc\\.Unsafe")
                .check(classes);
    }

    @Test
    void packagesHaveNoCycles() {
        slices().matching("io.volary.(**)").should().beFreeOfCycles().check(classes);
    }
}
