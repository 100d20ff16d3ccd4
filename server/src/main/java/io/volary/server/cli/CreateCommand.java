package io.volary.server.cli;

import io.volary.server.view.Requests;
import io.volary.server.view.VolumeReference;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code volary create V SIZE}. */
@Command(name = "create", description = "Make a new thin volume.")
final class CreateCommand extends VolumeCommand {
    @Parameters(index = "0", paramLabel = "V", description = "The volume's name.")
    private VolumeReference volume;

    @Parameters(index = "1", paramLabel = "SIZE", description = "Bytes, or K, M, G, T, P: 1G is 1024M. At most 64T.")
    private VolumeSize size;

    @Override
    public void run() {
        var body = new Requests.Create(volumeOnly(volume), size.bytes());
        client().post("/volumes", body);
    }
}
