package io.volary.volume.store;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** A small tmpfs, mounted for one test, which must run as root with the right to mount. */
final class TemporaryFileSystem {
    private final Path directory;

    TemporaryFileSystem(Path directory, String size) throws IOException, InterruptedException {
        this.directory = directory;
        run("mount", "-t", "tmpfs", "-o", "size=" + size + ",mode=0700", "volary-test", directory.toString());
    }

    void unmount() throws IOException, InterruptedException {
        run("umount", directory.toString());
    }

    private static void run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new AssertionError("This test fills a small file system of its own, so it must run as root, in a"
                    + " container with CAP_SYS_ADMIN. " + List.of(command) + ": " + output);
        }
    }
}
