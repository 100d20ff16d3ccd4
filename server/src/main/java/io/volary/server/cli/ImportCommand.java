package io.volary.server.cli;

import io.volary.server.transfer.ImageFormat;
import io.volary.server.transfer.ImageImport;
import io.volary.server.view.VolumeReference;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code volary import FILE|- V}. */
@Command(name = "import", description = "Make a volume from an image: raw, qcow2, vmdk, vdi or vhdx.")
final class ImportCommand extends VolumeCommand {
    @Parameters(index = "0", paramLabel = "FILE|-", description = "The image; - is a raw one on standard input.")
    private String file;

    @Parameters(index = "1", paramLabel = "V", description = "The volume to make; appears when it is complete.")
    private VolumeReference volume;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            description = "The image's format, if its beginning misleads: ${COMPLETION-CANDIDATES}.")
    private @Nullable ImageFormat format;

    @Override
    public void run() {
        var name = volumeOnly(volume);
        var transfer = new ImageImport(client(), volary().directory().nbdSocket(), name);
        if (!file.equals("-")) {
            transfer.fromFile(Path.of(file), format);
        } else if (format == null || format == ImageFormat.RAW) {
            transfer.fromStandardInput();
        } else {
            throw misuse("standard input has to be raw");
        }
    }
}
