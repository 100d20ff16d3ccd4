package io.volary.server.cli;

import java.util.Map;
import java.util.TreeMap;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** The commands that the launcher runs without Java. They are here for help, completion and manual. */
final class QemuPrograms {
    private static final Map<String, String> DESCRIPTIONS = new TreeMap<>(
            Map.of(
                    "qemu-img", "The system's own qemu-img, which then knows openvstorage:VOLUME as a disk.",
                    "qemu-io", "The same with qemu-io.",
                    "qemu-nbd", "The same with qemu-nbd.",
                    "qemu-system-x86_64", "The same with qemu-system-x86_64, and any other qemu-system-*.",
                    "qemu-driver",
                            "Make the driver that qemu-img and the others need, for the QEMU that is installed; anew with --force."));

    private QemuPrograms() {}

    static CommandLine addTo(CommandLine root) {
        DESCRIPTIONS.forEach((name, description) -> root.addSubcommand(name, spec(name, description)));
        return root;
    }

    private static CommandSpec spec(String name, String description) {
        var spec = CommandSpec.wrapWithoutInspection((Runnable) () -> {
            throw new CommandException(name + " is for the launcher to run, right behind volary and --pool");
        });
        spec.parser().unmatchedArgumentsAllowed(true);
        spec.usageMessage().description(description).customSynopsis("volary [--pool DIR] " + name + " [ARGUMENTS...]");
        return spec.name(name);
    }
}
