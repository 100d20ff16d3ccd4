package io.volary.server.cli;

import io.volary.server.view.Sizes;
import io.volary.server.view.VolumeReference;
import io.volary.server.view.VolumeView;
import java.util.Objects;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code volary info V}. */
@Command(name = "info", description = "Show a volume, its clients and where to reach it.")
final class InfoCommand extends VolumeCommand {
    @Parameters(index = "0", paramLabel = "V", description = "The volume.")
    private VolumeReference volume;

    @Option(names = "--json", description = "Print JSON; sizes in bytes.")
    private boolean json;

    @Override
    public void run() {
        var path = volumePath(volumeOnly(volume));
        if (json) {
            System.out.print(client().get(path));
        } else {
            print(client().get(path, VolumeView.class));
        }
    }

    private static void print(VolumeView view) {
        line("name", view.name());
        if (view.on() != null) {
            line("on", view.on());
        }
        if (view.trouble() != null) {
            line("trouble", "its requests wait for a minute, and fail then: " + view.trouble());
        }
        line("size", Sizes.format(view.size()) + " (" + view.size() + " bytes)");
        line("mapped", Sizes.format(view.mapped()));
        line("exclusive", Sizes.format(view.exclusive()));
        line("stored", Sizes.format(view.stored()));
        if (view.behindBytes() != null) {
            line(
                    "behind",
                    Sizes.format(view.behindBytes()) + " not on the store yet, with all that shares data with it");
        }
        line("parent", Objects.requireNonNullElse(view.parent(), "-"));
        line("snapshots", Integer.toString(view.snapshots()));
        if (view.damage() != null) {
            line("damage", "can only be read: " + view.damage());
        }
        line("holder", Objects.requireNonNullElse(view.holder(), "-"));
        for (var client : view.clients()) {
            var what = client.snapshot() == null ? "" : ", reads snapshot " + client.snapshot();
            var waits = client.waiting() == null ? "" : ", requests that wait for space: " + client.waiting();
            line(
                    "client",
                    client.peer() + " by " + client.export() + (client.writer() ? ", writes" : "") + what + waits);
        }
        view.exports().forEach(export -> line("export", export.type() + " " + export.address()));
    }

    private static void line(String key, String value) {
        System.out.printf("%-10s %s%n", key, value);
    }
}
