package io.volary.server.cli;

import io.volary.server.rest.ApiException;
import io.volary.server.view.ExportView;
import io.volary.server.view.Json;
import io.volary.server.view.Requests;
import io.volary.server.view.VolumeReference;
import io.volary.server.view.VolumeView;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
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

    @Option(
            names = "--via",
            paramLabel = "vhost|nbd|file",
            description =
                    "How: over shared memory, which is the default where the vPool has it, over NBD, or as a file where the"
                            + " vPool is mounted.")
    private @Nullable Via via;

    @Option(names = "--shared", description = "Let several clients write to the volume at a time.")
    private boolean shared;

    @Override
    public void run() {
        new ReferencedDisk(client(), disk).check();
        if (shared) {
            client().post(volumePath(disk.volume()) + "/share", new Requests.Share(true));
        }
        var arguments = arguments();
        if (others.isEmpty()) {
            System.out.println(
                    String.join(" ", arguments.stream().map(QemuNbdDisk::quote).toList()));
        } else {
            runQemu(arguments);
        }
    }

    private List<String> arguments() {
        if (via == Via.FILE) {
            return new QemuFileDisk(file(), disk).arguments();
        }
        var socket = via == Via.NBD ? null : vhostSocket();
        return socket == null
                ? new QemuNbdDisk(volary().directory().nbdSocket(), disk).arguments()
                : new QemuVhostDisk(socket, disk).arguments(others);
    }

    private String file() {
        var snapshot = disk.snapshot();
        for (var export :
                client().get(volumePath(disk.volume()), VolumeView.class).exports()) {
            if (export.type().equals("file")) {
                Path file = Path.of(export.address());
                return snapshot == null
                        ? file.toString()
                        : file.resolveSibling(".snapshots")
                                .resolve(disk.volume())
                                .resolve(snapshot)
                                .toString();
            }
        }
        throw new CommandException("volume '" + disk.volume() + "' is no file, since the vPool is not mounted:"
                + " set filesystem.mountpoint in vpool.json, or use --via vhost");
    }

    /** Null if the vPool has no such sockets and nobody has asked for one. */
    private @Nullable String vhostSocket() {
        try {
            var answer = client().post(offerPath(), null);
            return Json.MAPPER.readValue(answer, ExportView.class).address();
        } catch (ApiException e) {
            if (via == null && e.kind().equals("INVALID")) {
                return null;
            }
            throw e;
        }
    }

    private String offerPath() {
        var snapshot = disk.snapshot();
        return (snapshot == null ? volumePath(disk.volume()) : snapshotPath(disk.volume(), snapshot)) + "/offer";
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
