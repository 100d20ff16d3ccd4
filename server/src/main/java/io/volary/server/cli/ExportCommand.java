package io.volary.server.cli;

import io.volary.server.transfer.ImageExport;
import io.volary.server.transfer.ImageFormat;
import io.volary.server.view.VolumeReference;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code volary export V[@S] FILE|-}. */
@Command(name = "export", description = "Write a volume or snapshot to a sparse file.")
final class ExportCommand extends VolumeCommand {
    @Parameters(index = "0", paramLabel = "V[@S]", description = "What to export.")
    private VolumeReference source;

    @Parameters(index = "1", paramLabel = "FILE|-", description = "The file to make; - is standard output, raw.")
    private String file;

    @Option(names = "--format", paramLabel = "raw|qcow2", description = "The file's format; raw if not given.")
    private ImageFormat format = ImageFormat.RAW;

    @Option(names = "--force", description = "Replace FILE if it is there.")
    private boolean force;

    @Override
    public void run() {
        if (format != ImageFormat.RAW && format != ImageFormat.QCOW2) {
            throw misuse("an export is raw or qcow2, not " + format.qemuName());
        }
        if (file.equals("-") && format != ImageFormat.RAW) {
            throw misuse("standard output has to be raw");
        }
        checkExists();
        var transfer = new ImageExport(volary().directory().nbdSocket(), source.toString());
        if (file.equals("-")) {
            transfer.toStandardOutput();
        } else {
            transfer.toFile(Path.of(file), format, force);
        }
    }

    /** For the daemon's words rather than NBD's. */
    private void checkExists() {
        new ReferencedDisk(client(), source).check();
    }
}
