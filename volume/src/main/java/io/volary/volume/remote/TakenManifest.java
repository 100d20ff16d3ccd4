package io.volary.volume.remote;

import io.volary.volume.remote.RemoteNames.ManifestName;
import java.nio.file.Path;
import java.util.List;

/**
 * Which manifest of the store a directory of a family began with: a file {@code taken} with its epoch and number, if it did not begin with
 * the family itself. Pieces that a later manifest of that epoch would have needed did not count then, and must never. Blocks.
 */
final class TakenManifest {
    private final String family;
    private final SmallFile file;

    TakenManifest(String family, Path directory) {
        this.family = family;
        file = new SmallFile(directory.resolve("taken"));
    }

    /** One before all others if there was none. */
    ManifestName read() {
        List<String> lines = file.read().lines().toList();
        return lines.size() == 2
                ? new ManifestName(family, Integer.parseInt(lines.getFirst()), Long.parseLong(lines.getLast()))
                : none();
    }

    ManifestName none() {
        return new ManifestName(family, 0, 0);
    }

    /** Durable when this returns. */
    void write(ManifestName taken) {
        file.replace(taken.epoch() + "\n" + taken.number() + "\n");
    }
}
