package io.volary.volume.pool;

import io.volary.volume.Limits;
import io.volary.volume.VolumeException;
import java.util.regex.Pattern;

/** The rules for names and sizes, which are the same by every way in. */
final class Names {
    private static final Pattern VALID =
            Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0," + (Limits.MAX_NAME_LENGTH - 1) + "}");

    private Names() {}

    /** Refuses a name that is never valid. */
    static void check(String what, String name) {
        if (!VALID.matcher(name).matches()) {
            throw new VolumeException(
                    VolumeException.Kind.INVALID,
                    "'" + name + "' is no name for a " + what + ": use 1 to " + Limits.MAX_NAME_LENGTH
                            + " letters, digits, dots, underscores and hyphens, beginning with a letter or digit");
        }
    }

    /** Refuses a size that not even a volume can have that is made as a file: those have any up to 64T. */
    static void checkFileSize(String volume, long bytes) {
        if (bytes < 0 || bytes > Limits.MAX_VOLUME_BYTES) {
            throw new VolumeException(
                    VolumeException.Kind.INVALID,
                    "volume " + volume + " cannot have " + bytes + " bytes: 64T are the most");
        }
    }

    /** Refuses a size that no disk can have. */
    static void checkSize(String volume, long bytes) {
        if (bytes <= 0 || bytes > Limits.MAX_VOLUME_BYTES || bytes % Limits.SECTOR_BYTES != 0) {
            throw new VolumeException(
                    VolumeException.Kind.INVALID,
                    "volume " + volume + " cannot have " + bytes + " bytes: use a multiple of " + Limits.SECTOR_BYTES
                            + " from " + Limits.SECTOR_BYTES + " bytes to 64T");
        }
    }
}
