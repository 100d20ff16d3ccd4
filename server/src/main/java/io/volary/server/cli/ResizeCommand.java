package io.volary.server.cli;

import io.volary.server.view.Requests;
import io.volary.server.view.VolumeReference;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code volary resize V SIZE}. */
@Command(name = "resize", description = "Change a volume's size.")
final class ResizeCommand extends VolumeCommand {
    @Parameters(index = "0", paramLabel = "V", description = "The volume.")
    private VolumeReference volume;

    @Parameters(index = "1", paramLabel = "SIZE", description = "Bytes, or K, M, G, T, P: 1G is 1024M. At most 64T.")
    private VolumeSize size;

    @Option(
            names = "--shrink",
            description = "Allow a smaller size, which cuts off the end; no client may be attached.")
    private boolean shrink;

    @Override
    public void run() {
        var path = volumePath(volumeOnly(volume)) + "/resize";
        client().post(path, new Requests.Resize(size.bytes(), shrink));
    }
}
