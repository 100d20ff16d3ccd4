package io.volary.server.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.IExitCodeGenerator;
import picocli.CommandLine.Option;

/** {@code volary install}. */
@Command(name = "install", description = "Install launcher, C library, manual pages, completion and systemd unit.")
final class InstallCommand extends VolumeCommand implements IExitCodeGenerator {
    /** How the script ends when it has said itself why, in one line. */
    private static final int EXPLAINED = 3;

    @Option(
            names = "--prefix",
            paramLabel = "DIR",
            defaultValue = "/usr/local",
            description = "Where to; ${DEFAULT-VALUE} if not said.")
    private Path prefix;

    private int status;

    @Override
    public void run() {
        var script = System.getenv("VOLARY_INSTALL");
        if (script == null || !Files.exists(Path.of(script))) {
            throw new CommandException("install works in a source tree, through its ./volary");
        }
        status = ForegroundProcess.run(List.of("sh", script, prefix.toString()), "the script cannot be run");
        if (status != 0 && status != EXPLAINED) {
            throw new CommandException(
                    "the installation in " + prefix + " has failed; what is there may be incomplete");
        }
    }

    @Override
    public int getExitCode() {
        return status == 0 ? 0 : Failures.FAILED;
    }
}
