package io.volary.server.cli;

import io.volary.server.view.VolumeReference;
import io.volary.server.view.VolumeView;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code volary delete V[@S]}. */
@Command(name = "delete", description = "Delete a volume or a snapshot; clones are unaffected.")
final class DeleteCommand extends VolumeCommand {
    @Parameters(index = "0", paramLabel = "V[@S]", description = "What to delete.")
    private VolumeReference victim;

    @Option(names = "--snapshots", description = "Delete the volume's snapshots with it.")
    private boolean snapshots;

    @Override
    public void run() {
        var name = victim.snapshot();
        if (name == null) {
            deleteVolume(volumePath(victim.volume()));
        } else {
            client().delete(snapshotPath(victim.volume(), name), Map.of());
        }
    }

    private void deleteVolume(String path) {
        var on = client().get(path, VolumeView.class).on();
        client().delete(path, Map.of("snapshots", Boolean.toString(snapshots)));
        if (on != null) {
            System.out.println("volume " + victim.volume() + " is no more; its file " + on + " stays");
        }
    }
}
