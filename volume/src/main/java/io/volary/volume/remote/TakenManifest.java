package io.volary.volume.remote;

import io.volary.volume.remote.RemoteNames.ManifestName;
import io.volary.volume.store.StoreException;
import io.volary.volume.store.StoreException.Kind;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which manifest of the store a directory of a family began with: a file {@code taken} with its epoch and number, if it did not begin with
 * the family itself. Pieces that a later manifest of that epoch would have needed did not count then, and must never. Blocks.
 */
final class TakenManifest {
    private static final Pattern LINES = Pattern.compile("(\\d{1,9})\n(\\d{1,18})\n");

    private final String family;
    private final SmallFile file;

    TakenManifest(String family, Path directory) {
        this.family = family;
        file = new SmallFile(directory.resolve("taken"));
    }

    /** One before all others if there was none. @throws StoreException the file is damaged */
    ManifestName read() {
        String lines = file.read();
        Matcher match = LINES.matcher(lines);
        if (match.matches()) {
            return new ManifestName(family, Integer.parseInt(match.group(1)), Long.parseLong(match.group(2)));
        }
        if (lines.isEmpty()) {
            return none();
        }
        throw new StoreException(
                Kind.IO_ERROR,
                file.path()
                        + " is damaged: move the family's directory away, and the next start begins with what the store has");
    }

    ManifestName none() {
        return new ManifestName(family, 0, 0);
    }

    /** Durable when this returns. */
    void write(ManifestName taken) {
        file.replace(taken.epoch() + "\n" + taken.number() + "\n");
    }
}
