package io.volary.server.cli;

import io.volary.server.view.Requests;
import io.volary.server.view.VolumeReference;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code volary qemu V[@S]}. */
@Command(
        name = "qemu",
        description = "Print the QEMU arguments that attach a volume; with -- ARGS, run QEMU with them added.")
final class QemuCommand extends VolumeCommand {
    private static final String QEMU = "qemu-system-x86_64";

    /** The ways into QEMU. */
    enum Via {
        VHOST,
        NBD,
        FILE
    }

    @Parameters(index = "0", paramLabel = "V[@S]", description = "What to attach.")
    private VolumeReference disk;

    @Parameters(index = "1..*", paramLabel = "ARGS", description = "After --: QEMU's other arguments.")
    private List<String> others = new ArrayList<>();

    @Option(names = "--via", paramLabel = "vhost|nbd|file", description = "How; nbd is the one built so far.")
    private Via via = Via.NBD;

    @Option(names = "--shared", description = "Let several clients write to the volume at a time.")
    private boolean shared;

    @Override
    public void run() {
        if (via != Via.NBD) {
            throw new CommandException(
                    "qemu --via " + via.name().toLowerCase(java.util.Locale.ROOT) + " is not built yet; use --via nbd");
        }
        new ReferencedDisk(client(), disk).check();
        if (shared) {
            client().post(volumePath(disk.volume()) + "/share", new Requests.Share(true));
        }
        var arguments = new QemuNbdDisk(volary().directory().nbdSocket(), disk).arguments();
        if (others.isEmpty()) {
            System.out.println(
                    String.join(" ", arguments.stream().map(QemuNbdDisk::quote).toList()));
        } else {
            runQemu(arguments);
        }
    }

    private void runQemu(List<String> arguments) {
        var command = new ArrayList<>(List.of(QEMU));
        command.addAll(arguments);
        command.addAll(others);
        int status = ForegroundProcess.run(command, QEMU + " cannot be run; it is in the package qemu-system-x86");
        if (status != 0) {
            throw new CommandException(QEMU + " for '" + disk + "' ended with status " + status);
        }
    }
}
