package io.volary.server.cli;

import io.volary.server.view.Sizes;
import io.volary.server.view.SnapshotView;
import io.volary.server.view.VolumeReference;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code volary snapshots V}. */
@Command(name = "snapshots", description = "List a volume's snapshots, oldest first.")
final class SnapshotsCommand extends VolumeCommand {
    @Parameters(index = "0", paramLabel = "V", description = "The volume.")
    private VolumeReference volume;

    @Option(names = "--json", description = "Print JSON; sizes in bytes, times in UTC.")
    private boolean json;

    @Override
    public void run() {
        var path = volumePath(volumeOnly(volume)) + "/snapshots";
        if (json) {
            System.out.print(client().get(path));
            return;
        }
        var table = new Table("NAME", "CREATED", ">SIZE", ">EXCLUSIVE");
        for (var snapshot : List.of(client().get(path, SnapshotView[].class))) {
            table.row(
                    snapshot.name(),
                    snapshot.created().toString(),
                    Sizes.format(snapshot.size()),
                    Sizes.format(snapshot.exclusive()));
        }
        table.print(System.out);
    }
}
