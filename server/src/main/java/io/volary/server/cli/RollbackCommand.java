package io.volary.server.cli;

import io.volary.server.view.VolumeReference;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code volary rollback V@S}. */
@Command(
        name = "rollback",
        description = "Make a volume what it was at a snapshot; all snapshots stay. No client may hold it.")
final class RollbackCommand extends VolumeCommand {
    @Parameters(index = "0", paramLabel = "V@S", description = "The snapshot.")
    private VolumeReference snapshot;

    @Override
    public void run() {
        var name = snapshotOf(snapshot);
        client().post(snapshotPath(snapshot.volume(), name) + "/rollback", null);
    }
}
