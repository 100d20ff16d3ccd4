package io.volary.server.cli;

import io.volary.server.view.Sizes;
import io.volary.server.view.VolumeView;
import java.util.List;
import java.util.Objects;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code volary list}. */
@Command(name = "list", description = "List the volumes.")
final class ListCommand extends VolumeCommand {
    @Option(names = "--json", description = "Print JSON; sizes in bytes.")
    private boolean json;

    @Override
    public void run() {
        if (json) {
            System.out.print(client().get("/volumes"));
            return;
        }
        var table = new Table("NAME", ">SIZE", ">MAPPED", ">EXCLUSIVE", ">SNAPSHOTS", "PARENT", "HOLDER");
        var volumes = List.of(client().get("/volumes", VolumeView[].class));
        volumes.forEach(volume -> addRow(table, volume));
        table.print(System.out);
        volumes.stream().filter(volume -> volume.damage() != null).forEach(ListCommand::printDamage);
        volumes.stream().filter(volume -> volume.trouble() != null).forEach(ListCommand::printTrouble);
    }

    private static void printTrouble(VolumeView volume) {
        System.out.println("volume " + volume.name() + " cannot be used now: " + volume.trouble());
    }

    private static void printDamage(VolumeView volume) {
        System.out.println("volume " + volume.name() + " can only be read: " + volume.damage());
    }

    private static void addRow(Table table, VolumeView volume) {
        table.row(
                volume.name(),
                Sizes.format(volume.size()),
                Sizes.format(volume.mapped()),
                Sizes.format(volume.exclusive()),
                Integer.toString(volume.snapshots()),
                Objects.requireNonNullElse(volume.parent(), "-"),
                Objects.requireNonNullElse(volume.holder(), "-"));
    }
}
