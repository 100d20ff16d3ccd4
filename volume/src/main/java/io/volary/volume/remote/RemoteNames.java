package io.volary.volume.remote;

import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a clone family's objects are called on the store; all numbers are hexadecimal.
 *
 * <pre>
 * manifests/FAMILY/EPOCH-NUMBER                     a manifest: 8 and 16 digits
 * segments/FAMILY/OBJECT/OFFSET-LENGTH              a piece of an object: 16, 8 and 8 digits
 * segments/FAMILY/OBJECT/OFFSET-LENGTH-NUMBER       one that a manifest needs, and that is no part of the log without it: 16 digits more
 * </pre>
 */
final class RemoteNames {
    static final String MANIFESTS = "manifests/";
    static final String SEGMENTS = "segments/";
    private static final String FAMILY = "([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})";
    private static final String EPOCH = "(00[0-9a-f]{6})";
    private static final String NUMBER = "([0-7][0-9a-f]{15})";
    private static final String LENGTH = "([0-7][0-9a-f]{7})";
    private static final Pattern MANIFEST = Pattern.compile("manifests/" + FAMILY + "/" + EPOCH + "-" + NUMBER);
    private static final Pattern PIECE =
            Pattern.compile("segments/" + FAMILY + "/([0-9a-f]{16})/" + LENGTH + "-" + LENGTH + "(?:-" + NUMBER + ")?");
    private static final HexFormat HEX = HexFormat.of();

    private RemoteNames() {}

    /** A manifest; one with a higher epoch, or of the same epoch with a higher number, is newer. */
    record ManifestName(String family, int epoch, long number) implements Comparable<ManifestName> {
        String name() {
            return manifests(family) + HEX.toHexDigits(epoch) + "-" + HEX.toHexDigits(number);
        }

        @Override
        public int compareTo(ManifestName other) {
            int byEpoch = Integer.compare(epoch, other.epoch);
            return byEpoch != 0 ? byEpoch : Long.compare(number, other.number);
        }
    }

    /**
     * A piece of an object, in bytes.
     *
     * @param manifest the first one that has what is before it, so that it counts from then on; 0: it counts always
     */
    record PieceName(String family, long object, int offset, int length, long manifest) {
        String name() {
            return objects(family) + HEX.toHexDigits(object) + "/" + HEX.toHexDigits(offset) + "-"
                    + HEX.toHexDigits(length) + (manifest == 0 ? "" : "-" + HEX.toHexDigits(manifest));
        }
    }

    /** What the names of a family's manifests begin with. */
    static String manifests(String family) {
        return MANIFESTS + family + "/";
    }

    /** What the names of a family's pieces begin with. */
    static String objects(String family) {
        return SEGMENTS + family + "/";
    }

    /** The manifest of that name, or null if it is none. */
    static @Nullable ManifestName manifest(String name) {
        Matcher match = MANIFEST.matcher(name);
        return match.matches()
                ? new ManifestName(
                        match.group(1),
                        HexFormat.fromHexDigits(match.group(2)),
                        HexFormat.fromHexDigitsToLong(match.group(3)))
                : null;
    }

    /** The piece of that name, or null if it is none, or cannot be one. */
    static @Nullable PieceName piece(String name) {
        Matcher match = PIECE.matcher(name);
        if (!match.matches()) {
            return null;
        }
        int offset = HexFormat.fromHexDigits(match.group(3));
        int length = HexFormat.fromHexDigits(match.group(4));
        boolean possible = length > 0 && offset + (long) length <= Integer.MAX_VALUE;
        return possible
                ? new PieceName(
                        match.group(1),
                        HexFormat.fromHexDigitsToLong(match.group(2)),
                        offset,
                        length,
                        match.group(5) == null ? 0 : HexFormat.fromHexDigitsToLong(match.group(5)))
                : null;
    }
}
