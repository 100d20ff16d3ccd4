package io.volary.server.cli;

import io.volary.server.rest.ApiClient;
import io.volary.server.view.VolumeReference;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** What the commands that ask the daemon have in common. */
@Command
abstract class VolumeCommand implements Runnable {
    @ParentCommand
    private VolaryCommand volary;

    @Spec
    private CommandSpec spec;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    @SuppressWarnings("UnusedVariable") // picocli looks at it
    private boolean help;

    final VolaryCommand volary() {
        return volary;
    }

    final ApiClient client() {
        return volary().client();
    }

    /** The volume's name, where a snapshot makes no sense. */
    final String volumeOnly(VolumeReference reference) {
        if (reference.snapshot() != null) {
            throw misuse("'" + reference + "' is a snapshot, and this command wants a volume");
        }
        return reference.volume();
    }

    /** The snapshot's name, which has to be there. */
    final String snapshotOf(VolumeReference reference) {
        if (reference.snapshot() == null) {
            throw misuse("'" + reference + "' is a volume, and this command wants a snapshot: " + reference + "@NAME");
        }
        return reference.snapshot();
    }

    final ParameterException misuse(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    static String volumePath(String volume) {
        return "/volumes/" + volume;
    }

    static String snapshotPath(String volume, String snapshot) {
        return "/volumes/" + volume + "/snapshots/" + snapshot;
    }
}
