package io.volary.server.cli;

import io.volary.server.view.Sizes;
import io.volary.server.view.StatusView;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code volary status}. */
@Command(name = "status", description = "Show how the daemon is doing; exit status 1 if none runs.")
final class StatusCommand extends VolumeCommand {
    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Override
    public void run() {
        if (json) {
            System.out.print(client().get("/status"));
        } else {
            print(client().get("/status", StatusView.class));
        }
    }

    private static void print(StatusView status) {
        System.out.println("volary " + status.version() + " serves " + status.pool() + ", pid " + status.pid()
                + ", for " + status.uptimeSeconds() + " s");
        System.out.println("I/O through " + status.ioEngine() + ", store "
                + status.store().type() + ", " + Sizes.format(status.store().behindBytes()) + " bytes behind"
                + (status.store().slowsWrites() ? "; writes are slowed down to what it takes" : ""));
        var table = new Table("LOOP", ">VOLUMES", ">BUSY", ">POLLS", ">SLEEPS");
        for (var loop : status.loops()) {
            table.row(
                    loop.name(),
                    Integer.toString(loop.volumes()),
                    String.format(Locale.ROOT, "%.0f %%", 100 * loop.busyRatio()),
                    Long.toString(loop.polls()),
                    Long.toString(loop.sleeps()));
        }
        table.print(System.out);
        if (status.waiting() != null) {
            status.waiting()
                    .forEach((name, count) -> System.out.println(
                            "volume " + name + " finds no space; requests that wait for some: " + count));
        }
        if (status.damaged() != null) {
            status.damaged().forEach((name, why) -> System.out.println("volume " + name + " " + why));
        }
    }
}
