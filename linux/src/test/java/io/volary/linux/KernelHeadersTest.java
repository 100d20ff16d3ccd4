package io.volary.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Numbers and layouts against the kernel's own headers, for both architectures wherever the test runs: a virtual machine
 * that is told it is the other one says what it would use, and a compiler compares.
 */
class KernelHeadersTest {
    @TempDir
    private Path directory;

    @Test
    void x86NumbersAreTheKernels() {
        check("amd64", List.of("-D__x86_64__"), "/usr/include/x86_64-linux-gnu", "/usr/include");
    }

    @Test
    void armNumbersAreTheKernels() {
        check("aarch64", List.of("-U__x86_64__", "-D__aarch64__"), "/usr/aarch64-linux-gnu/include");
    }

    /** The headers of another architecture make sense to any compiler for 64 bits. */
    private void check(String architecture, List<String> macros, String... headers) {
        Path source = directory.resolve(architecture + ".c");
        run(
                source,
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        KernelAssertions.class.getName(),
                        architecture));
        var compile = new ArrayList<>(List.of("gcc", "-fsyntax-only", "-nostdinc"));
        compile.addAll(macros);
        assertThat(Path.of(headers[0], "asm"))
                .as("install the packages linux-libc-dev and linux-libc-dev-arm64-cross")
                .isDirectory();
        for (String path : headers) {
            compile.addAll(List.of("-isystem", path));
        }
        compile.add(source.toString());
        run(directory.resolve("compiler.out"), compile);
    }

    private void run(Path output, List<String> command) {
        Path errors = directory.resolve("errors");
        try {
            Process process = new ProcessBuilder(command)
                    .redirectOutput(output.toFile())
                    .redirectError(errors.toFile())
                    .start();
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue())
                    .as(Files.readString(errors, StandardCharsets.UTF_8))
                    .isZero();
        } catch (IOException e) {
            throw new UncheckedIOException(command.getFirst() + " cannot be run: install its package", e);
        } catch (InterruptedException e) {
            throw new AssertionError("interrupted", e);
        }
    }
}
