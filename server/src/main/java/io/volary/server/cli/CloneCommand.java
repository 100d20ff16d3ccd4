package io.volary.server.cli;

import io.volary.server.view.Requests;
import io.volary.server.view.VolumeReference;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code volary clone V[@S] NEW}. */
@Command(name = "clone", description = "Make a writable clone of a snapshot, or of a volume as it is now.")
final class CloneCommand extends VolumeCommand {
    @Parameters(index = "0", paramLabel = "V[@S]", description = "What to clone.")
    private VolumeReference source;

    @Parameters(index = "1", paramLabel = "NEW", description = "The clone's name.")
    private VolumeReference clone;

    @Override
    public void run() {
        var body = new Requests.Clone(volumeOnly(clone), source.snapshot());
        client().post(volumePath(source.volume()) + "/clones", body);
    }
}
