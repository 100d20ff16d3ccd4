package io.volary.server.cli;

import io.volary.server.rest.ApiClient;
import io.volary.server.view.Json;
import io.volary.server.view.StopView;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code volary stop}. */
@Command(name = "stop", description = "Stop the daemon cleanly; clients reconnect when it is back.")
final class StopCommand extends VolumeCommand {
    private static final long PATIENCE_SECONDS = 60;

    @Option(
            names = "--for-restart",
            description = "Let users of the mount wait for the next daemon instead of unmounting.")
    private boolean forRestart;

    @Override
    public void run() {
        var client = ApiClient.connect(volary().directory().apiSocket());
        if (client == null) {
            System.out.println("volary is not running");
            return;
        }
        var view = Json.MAPPER.readValue(
                client.post("/stop", Map.of("restart", Boolean.toString(forRestart)), null), StopView.class);
        awaitEnd(view.pid());
        System.out.println("volary has stopped; " + clients(view.clients()));
    }

    private static String clients(int count) {
        return switch (count) {
            case 0 -> "no client was attached";
            case 1 -> "1 client was attached, and reconnects when it is back";
            default -> count + " clients were attached, and reconnect when it is back";
        };
    }

    private static void awaitEnd(long pid) {
        try {
            var process = ProcessHandle.of(pid);
            if (process.isPresent()) {
                process.get().onExit().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            throw new CommandException("the daemon with pid " + pid + " has not ended after " + PATIENCE_SECONDS
                    + " s; its log may say why");
        }
    }
}
