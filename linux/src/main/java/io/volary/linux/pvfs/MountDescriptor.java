package io.volary.linux.pvfs;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;

/**
 * What the library knows of a file system to be added; the library makes it, and numbers the file system when it is added.
 *
 * <pre>
 *   0         40            44     80
 *   +---------+-------------+------+
 *   | servers | file system | rest |
 *   +---------+-------------+------+
 * </pre>
 */
final class MountDescriptor {
    static final int BYTES = 80;

    private static final int FILE_SYSTEM = 40;

    private MountDescriptor() {}

    static int fileSystem(MemorySegment mount) {
        return mount.get(JAVA_INT, FILE_SYSTEM);
    }
}
