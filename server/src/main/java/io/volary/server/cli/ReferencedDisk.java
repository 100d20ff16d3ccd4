package io.volary.server.cli;

import io.volary.server.rest.ApiClient;
import io.volary.server.view.SnapshotView;
import io.volary.server.view.VolumeReference;
import java.util.Arrays;

/** A volume or snapshot that a command names, and that has to exist. */
record ReferencedDisk(ApiClient client, VolumeReference reference) {
    /** @throws CommandException or {@code ApiException} if it does not exist */
    void check() {
        var path = VolumeCommand.volumePath(reference.volume());
        client.get(path);
        var name = reference.snapshot();
        if (name != null
                && Arrays.stream(client.get(path + "/snapshots", SnapshotView[].class))
                        .noneMatch(snapshot -> snapshot.name().equals(name))) {
            throw new CommandException("volume '" + reference.volume() + "' has no snapshot '" + name
                    + "'; see: volary snapshots " + reference.volume());
        }
    }
}
