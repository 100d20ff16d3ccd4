package io.volary.server.view;

import java.util.Locale;
import java.util.regex.Pattern;

/** Sizes as people write and read them: bytes, or K, M, G, T, P as powers of 1024. */
public final class Sizes {
    public static final long MAX_VOLUME_BYTES = 64L << 40;
    private static final int SECTOR_BYTES = 512;
    private static final String UNITS = "KMGTP";
    private static final Pattern SIZE = Pattern.compile("([0-9]{1,19})([KMGTP]?)");

    private Sizes() {}

    /**
     * The size of a volume in bytes.
     *
     * @throws IllegalArgumentException with a message for people, if {@code text} is not one
     */
    public static long parse(String text) {
        var match = SIZE.matcher(text);
        if (!match.matches()) {
            throw new IllegalArgumentException(
                    "'" + text + "' is not a size: give bytes, or a whole number with K, M, G, T or P, such as 10G");
        }
        int shift = match.group(2).isEmpty() ? 0 : 10 * (UNITS.indexOf(match.group(2)) + 1);
        return checkVolumeSize(text, new java.math.BigInteger(match.group(1)).shiftLeft(shift));
    }

    private static long checkVolumeSize(String text, java.math.BigInteger bytes) {
        if (bytes.bitLength() > 62 || bytes.longValue() > MAX_VOLUME_BYTES) {
            throw new IllegalArgumentException("size " + text + " is too large: a volume has at most 64T");
        }
        if (bytes.signum() == 0 || bytes.longValue() % SECTOR_BYTES != 0) {
            throw new IllegalArgumentException(
                    "size " + text + " is not possible: it has to be a positive multiple of 512 bytes");
        }
        return bytes.longValue();
    }

    /** {@code bytes} rounded up to what a volume's size can be. */
    public static long roundUpToSector(long bytes) {
        return (bytes + SECTOR_BYTES - 1) / SECTOR_BYTES * SECTOR_BYTES;
    }

    /** Short, for tables: {@code 512}, {@code 1.5G}, {@code 64T}. */
    public static String format(long bytes) {
        if (bytes < 1024) {
            return Long.toString(bytes);
        }
        int unit = Math.min((63 - Long.numberOfLeadingZeros(bytes)) / 10, UNITS.length());
        double value = bytes / (double) (1L << (10 * unit));
        char letter = UNITS.charAt(unit - 1);
        return value == Math.rint(value)
                ? String.format(Locale.ROOT, "%.0f%c", value, letter)
                : String.format(Locale.ROOT, "%.1f%c", value, letter);
    }
}
