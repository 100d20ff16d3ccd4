package io.volary.server.cli;

import io.volary.server.daemon.ServedPool;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code volary serve}. */
@Command(name = "serve", description = "Run the daemon in the foreground.")
final class ServeCommand extends VolumeCommand {
    @Option(
            names = "--mount",
            paramLabel = "DIR",
            description = "Mount the volumes as files there, whatever vpool.json says.")
    private @Nullable Path mount;

    @Override
    public void run() {
        ServedPool.run(
                volary().directory(),
                mount == null ? null : mount.toAbsolutePath().normalize());
    }
}
