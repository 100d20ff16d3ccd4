package io.volary.export.fuse;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.time.Instant;

/**
 * Replies as the kernel reads them: struct fuse_out_header, which has the length, the negative errno and the request's
 * unique, and then the body that belongs to the kind of request. Each method returns how many bytes it has put.
 */
final class ReplyDescriptor {
    static final int HEADER_BYTES = 16;
    static final int ENTRY_BYTES = 128;
    static final int OPEN_BYTES = 16;

    private static final int ATTRIBUTES = 40;
    private static final int ATTRIBUTE_BYTES = 88;
    private static final int DIRENT_NAME = 24;

    private ReplyDescriptor() {}

    static void putHeader(MemorySegment memory, long at, int length, int errno, long unique) {
        memory.set(JAVA_INT, at, length);
        memory.set(JAVA_INT, at + 4, -errno);
        memory.set(JAVA_LONG, at + 8, unique);
    }

    /** Struct fuse_entry_out. Neither the name nor the attributes are to be kept: others change them too. */
    static int putEntry(MemorySegment memory, long at, long node, Attributes attributes) {
        memory.asSlice(at, ENTRY_BYTES).fill((byte) 0);
        memory.set(JAVA_LONG, at, node);
        putAttributes(memory, at + ATTRIBUTES, node, attributes);
        return ENTRY_BYTES;
    }

    /** Struct fuse_attr_out. */
    static int putAttributesReply(MemorySegment memory, long at, long node, Attributes attributes) {
        memory.asSlice(at, 16).fill((byte) 0);
        putAttributes(memory, at + 16, node, attributes);
        return 16 + ATTRIBUTE_BYTES;
    }

    /** Struct fuse_attr. */
    private static void putAttributes(MemorySegment memory, long at, long node, Attributes a) {
        memory.set(JAVA_LONG, at, node);
        memory.set(JAVA_LONG, at + 8, a.bytes());
        memory.set(JAVA_LONG, at + 16, (a.allocatedBytes() + 511) / 512);
        putTime(memory, at + 24, at + 48, a.accessed());
        putTime(memory, at + 32, at + 52, a.modified());
        putTime(memory, at + 40, at + 56, a.changed());
        memory.set(JAVA_INT, at + 60, a.mode());
        memory.set(JAVA_INT, at + 64, a.isDirectory() ? 2 : 1);
        memory.set(JAVA_INT, at + 68, a.uid());
        memory.set(JAVA_INT, at + 72, a.gid());
        memory.set(JAVA_INT, at + 76, 0);
        memory.set(JAVA_INT, at + 80, Attributes.BLOCK_BYTES);
        memory.set(JAVA_INT, at + 84, 0);
    }

    private static void putTime(MemorySegment memory, long seconds, long nanos, Instant time) {
        memory.set(JAVA_LONG, seconds, time.getEpochSecond());
        memory.set(JAVA_INT, nanos, time.getNano());
    }

    /** Struct fuse_open_out. */
    static int putOpen(MemorySegment memory, long at, long handle, int flags) {
        memory.set(JAVA_LONG, at, handle);
        memory.set(JAVA_INT, at + 8, flags);
        memory.set(JAVA_INT, at + 12, 0);
        return OPEN_BYTES;
    }

    /** Struct fuse_write_out and fuse_getxattr_out. */
    static int putSize(MemorySegment memory, long at, int bytes) {
        memory.set(JAVA_INT, at, bytes);
        memory.set(JAVA_INT, at + 4, 0);
        return 8;
    }

    /** Struct fuse_lseek_out and fuse_copy_file_range_out; less than 4 GiB, it is also a struct fuse_write_out. */
    static int putOffset(MemorySegment memory, long at, long offset) {
        memory.set(JAVA_LONG, at, offset);
        return 8;
    }

    /** Struct fuse_ioctl_out, and behind it a number of 8 bytes that the caller gets. */
    static int putIoctl(MemorySegment memory, long at, long value) {
        memory.asSlice(at, 16).fill((byte) 0);
        memory.set(JAVA_LONG, at + 16, value);
        return 24;
    }

    /** Struct fuse_statfs_out. */
    static int putSpace(MemorySegment memory, long at, VolumeDirectory.Space space) {
        memory.asSlice(at, 80).fill((byte) 0);
        memory.set(JAVA_LONG, at, space.totalBytes() / Attributes.BLOCK_BYTES);
        memory.set(JAVA_LONG, at + 8, space.freeBytes() / Attributes.BLOCK_BYTES);
        memory.set(JAVA_LONG, at + 16, space.freeBytes() / Attributes.BLOCK_BYTES);
        memory.set(JAVA_INT, at + 40, Attributes.BLOCK_BYTES);
        memory.set(JAVA_INT, at + 44, FileNames.MAX_BYTES);
        memory.set(JAVA_INT, at + 48, Attributes.BLOCK_BYTES);
        return 80;
    }

    /** How long {@link #putDirent} is. */
    static int direntBytes(String name) {
        return (DIRENT_NAME + name.length() + 7) & ~7;
    }

    /** Struct fuse_dirent; {@code next} is where the entry behind it is. */
    static int putDirent(MemorySegment memory, long at, long node, long next, boolean directory, String name) {
        int bytes = direntBytes(name);
        memory.asSlice(at, bytes).fill((byte) 0);
        memory.set(JAVA_LONG, at, node);
        memory.set(JAVA_LONG, at + 8, next);
        memory.set(JAVA_INT, at + 16, name.length());
        memory.set(JAVA_INT, at + 20, (directory ? Attributes.DIRECTORY : Attributes.REGULAR) >> 12);
        return putText(memory, at + DIRENT_NAME, name) > 0 ? bytes : 0;
    }

    /** A text whose characters are bytes. */
    static int putText(MemorySegment memory, long at, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        MemorySegment.copy(bytes, 0, memory, JAVA_BYTE, at, bytes.length);
        return bytes.length;
    }
}
