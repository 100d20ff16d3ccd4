package io.volary.server.cli;

import io.volary.server.view.Requests;
import io.volary.server.view.VolumeReference;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code volary create V SIZE} and {@code volary create V [SIZE] --on orangefs:/path}. */
@Command(name = "create", description = "Make a new thin volume, or serve a raw image file as one.")
final class CreateCommand extends VolumeCommand {
    @Parameters(index = "0", paramLabel = "V", description = "The volume's name.")
    private VolumeReference volume;

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "SIZE",
            description =
                    "Bytes, or K, M, G, T, P: 1G is 1024M. At most 64T. With --on only for a file that is to be made.")
    private @Nullable VolumeSize size;

    @Option(
            names = "--on",
            paramLabel = "orangefs:/PATH",
            description = "The volume is this raw file of OrangeFS, which vpool.json names. It has no snapshots.")
    private @Nullable String on;

    @Override
    public void run() {
        if (size == null && on == null) {
            throw misuse("how large is it to be? Add a SIZE, such as 20G");
        }
        var body = new Requests.Create(volumeOnly(volume), size == null ? null : size.bytes(), on);
        client().post("/volumes", body);
    }
}
