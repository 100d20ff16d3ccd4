package io.volary.server.cli;

import io.volary.server.rest.ApiClient;
import io.volary.server.view.StatusView;
import picocli.CommandLine.Command;

/** {@code volary start}. */
@Command(name = "start", description = "Run the daemon in the background; returns when it is ready.")
final class StartCommand extends VolumeCommand {
    @Override
    public void run() {
        var directory = volary().directory();
        var running = ApiClient.connect(directory.apiSocket());
        if (running != null) {
            say("already running", running);
            return;
        }
        say("ready", BackgroundDaemon.start(directory));
    }

    private static void say(String what, ApiClient client) {
        var status = client.get("/status", StatusView.class);
        System.out.println("volary is " + what + ": vPool " + status.pool() + ", pid " + status.pid());
    }
}
