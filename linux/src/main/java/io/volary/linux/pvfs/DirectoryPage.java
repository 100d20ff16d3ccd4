package io.volary.linux.pvfs;

import java.util.List;

/**
 * A part of a directory.
 *
 * @param next the position to go on from; {@link #END} if there is no more
 */
public record DirectoryPage(List<DirectoryEntry> entries, long next) {
    /** Where a directory begins. */
    public static final long START = 0x7fff_fffeL;

    public static final long END = 0x7fff_fffdL;

    /** The most entries that are read at once. */
    public static final int MAX_ENTRIES = 128;
}
