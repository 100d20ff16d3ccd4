package io.volary.server.cli;

import io.volary.server.view.Requests;
import io.volary.server.view.VolumeReference;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code volary snapshot V@S}. */
@Command(name = "snapshot", description = "Take a snapshot, while clients write.")
final class SnapshotCommand extends VolumeCommand {
    @Parameters(index = "0", paramLabel = "V@S", description = "The snapshot.")
    private VolumeReference snapshot;

    @Override
    public void run() {
        var name = snapshotOf(snapshot);
        client().post(volumePath(snapshot.volume()) + "/snapshots", new Requests.Snapshot(name));
    }
}
