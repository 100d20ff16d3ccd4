package io.volary.linux.pvfs;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * What a file has beside its content. Given by value when one is made, and returned by getattr.
 *
 * <pre>
 *   0       4       8       12      16       24       32       40     48
 *   +-------+-------+-------+-------+--------+--------+--------+------+
 *   | owner | group | mode  |       | access | change | made   | size |   times in seconds since 1970
 *   +-------+-------+-------+-------+--------+--------+--------+------+
 *   48             96        104    108    112     120    124    128          136
 *   +--------------+---------+------+------+-------+------+------+------------+
 *   | distribution | entries | type |      | flags | mask |      | block size |
 *   +--------------+---------+------+------+-------+------+------+------------+
 * </pre>
 */
final class AttributesDescriptor {
    static final StructLayout LAYOUT = MemoryLayout.structLayout(
            JAVA_INT.withName("owner"),
            JAVA_INT.withName("group"),
            JAVA_INT.withName("mode"),
            MemoryLayout.paddingLayout(4),
            JAVA_LONG.withName("accessTime"),
            JAVA_LONG.withName("modificationTime"),
            JAVA_LONG.withName("changeTime"),
            JAVA_LONG.withName("size"),
            ADDRESS.withName("linkTarget"),
            JAVA_INT.withName("dataFiles"),
            JAVA_INT.withName("directoryServersAtFirst"),
            JAVA_INT.withName("directoryServersAtMost"),
            JAVA_INT.withName("directorySplitSize"),
            JAVA_LONG.withName("mirrorCopies"),
            ADDRESS.withName("distribution"),
            ADDRESS.withName("distributionParameters"),
            JAVA_LONG.withName("entries"),
            JAVA_INT.withName("type"),
            MemoryLayout.paddingLayout(4),
            JAVA_LONG.withName("flags"),
            JAVA_INT.withName("mask"),
            MemoryLayout.paddingLayout(4),
            JAVA_LONG.withName("blockSize"));

    /** In the mask of getattr: the type and the size. */
    static final int SIZE_MASK = 1 << 20 | 1 << 6;

    static final int SIZE = 40;
    static final int TYPE = 104;

    /** The type of what has content. */
    static final int FILE = 1;

    private static final int OWNER = 0;
    private static final int GROUP = 4;
    private static final int MODE = 8;
    private static final int ACCESS_TIME = 16;
    private static final int MODIFICATION_TIME = 24;
    private static final int CHANGE_TIME = 32;
    private static final int MASK = 120;

    /** Owner, group, mode and the three times. */
    private static final int CREATE_MASK = 0x3f;

    private AttributesDescriptor() {}

    static MemorySegment ofNew(Arena arena, int owner, int group, int mode, long seconds) {
        MemorySegment attributes = arena.allocate(LAYOUT);
        attributes.set(JAVA_INT, OWNER, owner);
        attributes.set(JAVA_INT, GROUP, group);
        attributes.set(JAVA_INT, MODE, mode);
        attributes.set(JAVA_LONG, ACCESS_TIME, seconds);
        attributes.set(JAVA_LONG, MODIFICATION_TIME, seconds);
        attributes.set(JAVA_LONG, CHANGE_TIME, seconds);
        attributes.set(JAVA_INT, MASK, CREATE_MASK);
        return attributes;
    }
}
