package io.volary.server;

import io.volary.server.cli.VolaryCommand;
import io.volary.server.daemon.Daemon;
import io.volary.server.daemon.PoolDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;

/** Does once what people do often, while the build records what to put into the start-up cache. */
public final class Training {
    private Training() {}

    public static void main(String[] arguments) throws IOException {
        var directory = Files.createTempDirectory("volary-training");
        try {
            train(directory);
        } finally {
            delete(directory);
        }
    }

    private static void train(Path directory) {
        try (var daemon = new Daemon(new PoolDirectory(directory))) {
            System.out.println(daemon.nbdAddresses());
            var pool = directory.toString();
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
