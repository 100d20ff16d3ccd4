package io.volary.server;

import io.volary.server.cli.VolaryCommand;
import io.volary.server.daemon.Daemon;
import io.volary.server.daemon.PoolDirectory;
import io.volary.server.transfer.RandomLoad;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;

/**
 * Does once what people do often, and for a while what guests do all the time, while the build records what to put into the start-up
 * cache: classes that are needed, and which methods are worth compiling at once.
 */
public final class Training {
    private static final int GUEST_OPERATIONS = 200_000;

    private Training() {}

    public static void main(String[] arguments) throws IOException {
        var directory = Files.createTempDirectory("volary-training");
        try {
            train(directory);
        } finally {
            delete(directory);
        }
    }

    private static void train(Path directory) throws IOException {
        var location = new PoolDirectory(directory);
        try (var daemon = new Daemon(location)) {
            System.out.println(daemon.nbdAddresses());
            var pool = directory.toString();
            run("--pool", pool, "create", "guest", "64M");
            RandomLoad.run(location.nbdSocket(), "guest", GUEST_OPERATIONS);
            var image = directory.resolve("image").toString();
            run("--pool", pool, "create", "v", "4M");
            run("--pool", pool, "snapshot", "v@s");
            run("--pool", pool, "clone", "v@s", "w");
            run("--pool", pool, "list");
            run("--pool", pool, "list", "--json");
            run("--pool", pool, "info", "v");
            run("--pool", pool, "snapshots", "v");
            run("--pool", pool, "status");
            run("--pool", pool, "qemu", "v");
            run("--pool", pool, "export", "v", image);
            run("--pool", pool, "import", image, "x");
            run("--pool", pool, "rollback", "v@s");
            run("--pool", pool, "resize", "v", "8M");
            run("--pool", pool, "delete", "v", "--snapshots");
            run("help");
            run("misspelt");
        }
    }

    private static void run(String... arguments) {
        System.out.println(String.join(" ", arguments) + ": status " + VolaryCommand.run(arguments));
    }

    private static void delete(Path directory) throws IOException {
        try (var files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        }
    }
}
