package io.volary.volume.remote;

import io.volary.volume.family.FamilyLoader;
import io.volary.volume.space.Numbering;
import io.volary.volume.store.StoreException;
import io.volary.volume.store.StoreException.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
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

    /** The highest epoch of which there is anything here, or 0. */
    static int highest(Path family) {
        int highest = read(family);
        for (Path file : files(family.resolve("segments"), "*.seg")) {
            highest = Math.max(highest, ofObject(file.getFileName().toString()));
        }
        for (Path file : manifests(family)) {
            highest = Math.max(highest, ofManifest(file));
        }
        return highest;
    }

    /** Whether the directory has a manifest, so that it says what the family was. */
    static boolean hasManifest(Path family) {
        return !manifests(family).isEmpty();
    }

    private static List<Path> manifests(Path family) {
        return files(family.resolve("manifests"), "????????????????");
    }

    private static int ofObject(String name) {
        boolean isNumber =
                name.length() == 20 && name.substring(0, 16).chars().allMatch(digit -> HexFormat.isHexDigit(digit));
        return isNumber ? Numbering.epochOf(HexFormat.fromHexDigitsToLong(name, 0, 16)) : 0;
    }

    private static int ofManifest(Path file) {
        try {
            return FamilyLoader.epochOf(Files.readAllBytes(file));
        } catch (IOException e) {
            throw new StoreException(Kind.IO_ERROR, file + " cannot be read: " + e, e);
        }
    }

    private static List<Path> files(Path directory, String glob) {
        var found = new ArrayList<Path>();
        try (var files = Files.newDirectoryStream(directory, glob)) {
            files.forEach(found::add);
        } catch (NoSuchFileException e) {
            return found;
        } catch (IOException e) {
            throw new StoreException(Kind.IO_ERROR, directory + " cannot be read: " + e, e);
        }
        return found;
    }
}
