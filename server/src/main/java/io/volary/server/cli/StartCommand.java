package io.volary.server.cli;

import io.volary.server.rest.ApiClient;
import io.volary.server.view.StatusView;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code volary start}. */
@Command(name = "start", description = "Run the daemon in the background; returns when it is ready.")
final class StartCommand extends VolumeCommand {
    @Option(
            names = "--mount",
            paramLabel = "DIR",
            description = "Mount the volumes as files there, whatever vpool.json says.")
    private @Nullable Path mount;

    @Override
    public void run() {
        var directory = volary().directory();
        var running = ApiClient.connect(directory.apiSocket());
        if (running != null) {
            say("already running", running);
            return;
        }
        say("ready", BackgroundDaemon.start(directory, mount));
    }

    private static void say(String what, ApiClient client) {
        var status = client.get("/status", StatusView.class);
        System.out.println("volary is " + what + ": vPool " + status.pool() + ", pid " + status.pid());
    }
}
