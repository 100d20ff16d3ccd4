package io.volary.export.nbd;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Runs the programs that real clients are. One that is missing is a failure, and named with its Debian package. */
final class Command {
    private static final long TIMEOUT_SECONDS = 60;
    private static final Map<String, String> PACKAGES = Map.of(
            "nbdinfo", "libnbd-bin",
            "nbdcopy", "libnbd-bin",
            "/usr/bin/python3", "python3-libnbd",
            "qemu-io", "qemu-utils",
            "qemu-img", "qemu-utils",
            "fio", "fio",
            "openssl", "openssl");

    /** What a program said, both streams together, and how it ended. */
    record Result(int status, String output) {}

    private Command() {}

    /** Runs a program that has to succeed; returns what it said. */
    static String run(String... command) {
        Result result = tryRun(command);
        if (result.status != 0) {
            throw new AssertionError(
                    String.join(" ", command) + " ended with " + result.status + ":\n" + result.output);
        }
        return result.output;
    }

    static Result tryRun(String... command) {
        try {
            Path output = Files.createTempFile("nbd-test", ".out");
            try {
                int status = await(start(output.toFile(), command), command, output);
                return new Result(status, Files.readString(output, StandardCharsets.UTF_8));
            } finally {
                Files.delete(output);
            }
        } catch (IOException e) {
            throw new AssertionError("cannot run " + command[0] + ": " + e.getMessage(), e);
        }
    }

    private static Process start(File output, String... command) throws IOException {
        try {
            return new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(output)
                    .redirectInput(new File("/dev/null"))
                    .start();
        } catch (IOException e) {
            throw new AssertionError(
                    command[0] + " cannot be started: install the package " + PACKAGES.get(command[0]), e);
        }
    }

    private static int await(Process process, String[] command, Path output) throws IOException {
        try {
            if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
                throw new AssertionError(String.join(" ", command) + " does not end; it said:\n"
                        + Files.readString(output, StandardCharsets.UTF_8));
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            process.destroyForcibly();
            throw new AssertionError("interrupted", e);
        }
    }
}
