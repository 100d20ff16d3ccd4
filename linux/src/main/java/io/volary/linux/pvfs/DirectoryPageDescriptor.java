package io.volary.linux.pvfs;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.volary.linux.Errno;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What readdir returns, and the entries that it points to, which are the caller's to free.
 *
 * <pre>
 *   0          8         16      24        32            0            257  264      272
 *   +----------+---------+-------+---------+             +------------+----+--------+
 *   | position | entries | count | version |   entry:    | name, NUL  |    | handle |
 *   +----------+---------+-------+---------+             +------------+----+--------+
 * </pre>
 */
final class DirectoryPageDescriptor {
    static final int BYTES = 32;

    private static final int ENTRIES = 8;
    private static final int COUNT = 16;
    private static final int ENTRY_BYTES = 272;
    private static final int NAME_BYTES = 257;
    private static final int HANDLE = 264;

    private DirectoryPageDescriptor() {}

    static MemorySegment entries(MemorySegment page) {
        return page.get(ADDRESS, ENTRIES);
    }

    /** @param most how many were asked for */
    static DirectoryPage read(MemorySegment page, int most) {
        int count = page.get(JAVA_INT, COUNT);
        MemorySegment array = entries(page);
        if (count < 0 || count > most || (count > 0 && array.address() == 0)) {
            throw new PvfsException("PVFS_sys_readdir", count + " entries of " + most, Errno.EPROTO);
        }
        MemorySegment memory = array.reinterpret((long) count * ENTRY_BYTES);
        List<DirectoryEntry> entries = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            entries.add(entry(memory.asSlice((long) i * ENTRY_BYTES, ENTRY_BYTES)));
        }
        return new DirectoryPage(List.copyOf(entries), page.get(JAVA_LONG, 0));
    }

    private static DirectoryEntry entry(MemorySegment entry) {
        byte[] name = entry.asSlice(0, NAME_BYTES).toArray(JAVA_BYTE);
        int length = 0;
        while (length < name.length && name[length] != 0) {
            length++;
        }
        return new DirectoryEntry(
                new String(name, 0, length, StandardCharsets.ISO_8859_1), entry.get(JAVA_LONG, HANDLE));
    }
}
