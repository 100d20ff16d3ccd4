package io.volary.volume.remote;

import io.volary.volume.store.StoreException;
import io.volary.volume.store.StoreException.Kind;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Which objects of a family have, or had, parts on the local disk that were fetched from the store, and so are not known durable: a
 * file {@code fetched} in its directory, with a line of 16 hexadecimal digits for each. Blocks; any thread.
 */
final class PartialObjects {
    private static final int LINE = 17;

    private final SmallFile file;
    private final Set<Long> objects = new HashSet<>();

    /** Reads what the file of a family tells of. */
    PartialObjects(Path family) {
        file = new SmallFile(family.resolve("fetched"));
        String lines = file.read();
        // A line that was cut short is of an object of which nothing had been fetched yet.
        for (int at = 0; at + LINE <= lines.length(); at += LINE) {
            objects.add(object(lines.substring(at, at + LINE - 1)));
        }
    }

    private long object(String line) {
        try {
            return HexFormat.fromHexDigitsToLong(line);
        } catch (IllegalArgumentException e) {
            throw new StoreException(
                    Kind.IO_ERROR,
                    file.path() + " is damaged: move its directory away, if all of it is on the store",
                    e);
        }
    }

    synchronized List<Long> all() {
        return List.copyOf(objects);
    }

    /** Durable when this returns. */
    synchronized void add(long object) {
        if (!objects.contains(object)) {
            file.append(line(object));
            objects.add(object);
        }
    }

    /** Forgets all others. To be called before any is added. */
    synchronized void retain(Collection<Long> there) {
        objects.retainAll(there);
        if (file.exists()) {
            file.replace(objects.stream().map(PartialObjects::line).collect(Collectors.joining()));
        }
    }

    private static String line(long object) {
        return HexFormat.of().toHexDigits(object) + "\n";
    }
}
