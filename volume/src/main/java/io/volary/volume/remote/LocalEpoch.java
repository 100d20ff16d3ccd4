package io.volary.volume.remote;

import io.volary.volume.space.Numbering;
import io.volary.volume.store.StoreException;
import io.volary.volume.store.StoreException.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;

/**
 * Which epoch of a family its directory was last opened with, so that one that others have gone on with is recognised: a file {@code epoch}
 * with the number, and when a manifest of this server has been on the store, a line {@code begun}.
 */
final class LocalEpoch {
    private static final String FILE = "epoch";
    private static final String BEGUN = "begun";

    private LocalEpoch() {}

    /** The epoch, or 0 if the directory has never been opened with one. */
    static int read(Path family) {
        List<String> lines = lines(family);
        try {
            return lines.isEmpty() ? 0 : Integer.parseInt(lines.getFirst());
        } catch (NumberFormatException e) {
            throw new StoreException(Kind.IO_ERROR, family.resolve(FILE) + " is damaged: put it back from a copy", e);
        }
    }

    /** Whether the family has ever been on the store by what this directory knows. */
    static boolean begun(Path family) {
        return lines(family).contains(BEGUN);
    }

    static void write(Path family, int epoch) {
        put(family, begun(family) ? List.of(Integer.toString(epoch), BEGUN) : List.of(Integer.toString(epoch)));
    }

    static void begin(Path family) {
        if (!begun(family)) {
            put(family, List.of(Integer.toString(read(family)), BEGUN));
        }
    }

    private static void put(Path family, List<String> lines) {
        file(family).replace(String.join("\n", lines) + "\n");
    }

    private static List<String> lines(Path family) {
        return file(family).read().lines().toList();
    }

    private static SmallFile file(Path family) {
        return new SmallFile(family.resolve(FILE));
    }

    /** The highest epoch in the names of the objects that are here, or 0. */
    static int ofObjects(Path family) {
        int highest = 0;
        try (var files = Files.newDirectoryStream(family.resolve("segments"), "*.seg")) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                if (name.length() == 20 && HexFormat.isHexDigit(name.charAt(0))) {
                    highest = Math.max(highest, Numbering.epochOf(HexFormat.fromHexDigitsToLong(name, 0, 16)));
                }
            }
        } catch (NoSuchFileException e) {
            return 0;
        } catch (IOException | IllegalArgumentException e) {
            throw new StoreException(Kind.IO_ERROR, family + " cannot be read: " + e, e);
        }
        return highest;
    }
}
