package io.volary.linux.pvfs;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.volary.linux.Errno;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * A file system that the library has got to know. For the thread that started the library. Calls block, against a server that hangs for half an hour; while they
 * do, transfers go on. Failures are {@link PvfsException}s.
 */
public final class PvfsFileSystem {
    /** The longest name of a file, in bytes. */
    public static final int MAX_NAME_BYTES = 255;

    private static final int RESPONSE_BYTES = 32;
    private static final int FILE_MODE = 0600;
    private static final int DIRECTORY_MODE = 0700;
    private static final long MILLIS_PER_SECOND = 1000;

    private final PvfsFunctions functions;
    private final PvfsCredential credential;
    private final int number;
    private final PvfsTransfers transfers;
    private final Thread owner = Thread.currentThread();

    PvfsFileSystem(PvfsFunctions functions, PvfsCredential credential, int number) {
        this.functions = functions;
        this.credential = credential;
        this.number = number;
        transfers = new PvfsTransfers(functions, credential);
    }

    /** Reads and writes. */
    public PvfsTransfers transfers() {
        return transfers;
    }

    /** What {@code handle} stands for here. */
    public PvfsReference reference(long handle) {
        return new PvfsReference(handle, number);
    }

    /** Finds what is at an absolute path. ENOENT if there is nothing. */
    public PvfsReference lookup(String path) {
        try (Arena arena = begin()) {
            MemorySegment response = arena.allocate(RESPONSE_BYTES, Long.BYTES);
            int result = functions.lookup(number, text(arena, path), credential.current(), response);
            check(result, "PVFS_sys_lookup", path);
            return PvfsReference.read(response);
        }
    }

    /** Makes an empty file. EEXIST if there is something of that name; also if the reply to a first try was lost. */
    public PvfsReference create(PvfsReference parent, String name) {
        try (Arena arena = begin()) {
            MemorySegment response = arena.allocate(RESPONSE_BYTES, Long.BYTES);
            MemorySegment who = credential.current();
            int result = functions.create(
                    name(arena, name), parent.value(arena), attributes(arena, FILE_MODE), who, response);
            check(result, "PVFS_sys_create", name);
            return PvfsReference.read(response);
        }
    }

    /** Makes a directory. EEXIST as with {@link #create}. */
    public PvfsReference makeDirectory(PvfsReference parent, String name) {
        try (Arena arena = begin()) {
            MemorySegment response = arena.allocate(RESPONSE_BYTES, Long.BYTES);
            MemorySegment who = credential.current();
            int result = functions.makeDirectory(
                    name(arena, name), parent.value(arena), attributes(arena, DIRECTORY_MODE), who, response);
            check(result, "PVFS_sys_mkdir", name);
            return PvfsReference.read(response);
        }
    }

    private MemorySegment attributes(Arena arena, int mode) {
        long now = System.currentTimeMillis() / MILLIS_PER_SECOND;
        return AttributesDescriptor.ofNew(arena, credential.user(), credential.group(), mode, now);
    }

    /** Removes a file with its content, whatever other names it has, or a directory that is empty. */
    public void remove(PvfsReference parent, String name) {
        try (Arena arena = begin()) {
            int result = functions.remove(name(arena, name), parent.value(arena), credential.current());
            check(result, "PVFS_sys_remove", name);
        }
    }

    /**
     * Gives a file of {@code parent} another name; a file that has it is removed, and must not be the same. Not atomic: a client that ends
     * in the middle leaves the file with both names.
     */
    public void rename(PvfsReference parent, String from, String to) {
        try (Arena arena = begin()) {
            MemorySegment directory = parent.value(arena);
            MemorySegment who = credential.current();
            int result = functions.rename(name(arena, from), directory, name(arena, to), directory, who);
            check(result, "PVFS_sys_rename", from + " to " + to);
        }
    }

    /**
     * Reads a part of a directory.
     *
     * @param position {@link DirectoryPage#START}, or what the page before has said
     * @param count 1 to {@link DirectoryPage#MAX_ENTRIES}
     */
    public DirectoryPage list(PvfsReference directory, long position, int count) {
        if (count < 1 || count > DirectoryPage.MAX_ENTRIES) {
            throw new IllegalArgumentException(count + " entries: 1 to " + DirectoryPage.MAX_ENTRIES);
        }
        try (Arena arena = begin()) {
            MemorySegment response = arena.allocate(DirectoryPageDescriptor.BYTES, Long.BYTES);
            MemorySegment who = credential.current();
            int result = functions.readDirectory(directory.value(arena), position, count, who, response);
            check(result, "PVFS_sys_readdir", "");
            try {
                return DirectoryPageDescriptor.read(response, count);
            } finally {
                functions.free(DirectoryPageDescriptor.entries(response));
            }
        }
    }

    /** A file's size in bytes. ENOENT if it has been removed; EISDIR if it is a directory, or something else without content. */
    public long size(PvfsReference file) {
        try (Arena arena = begin()) {
            MemorySegment response = arena.allocate(AttributesDescriptor.LAYOUT);
            MemorySegment who = credential.current();
            int result = functions.attributes(file.value(arena), AttributesDescriptor.SIZE_MASK, who, response);
            check(result, "PVFS_sys_getattr", "");
            if (response.get(JAVA_INT, AttributesDescriptor.TYPE) != AttributesDescriptor.FILE) {
                throw new PvfsException("PVFS_sys_getattr", "", Errno.EISDIR);
            }
            return response.get(JAVA_LONG, AttributesDescriptor.SIZE);
        }
    }

    /**
     * Gives a file another size: what is beyond a smaller one is gone, and what a larger one adds reads as zeroes. Durable with the next {@link
     * #flush}.
     *
     * @param bytes 0 or more
     */
    public void truncate(PvfsReference file, long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("a file of " + bytes + " bytes");
        }
        try (Arena arena = begin()) {
            check(functions.truncate(file.value(arena), bytes, credential.current()), "PVFS_sys_truncate", "");
        }
    }

    /** Makes what was written to a file durable. */
    public void flush(PvfsReference file) {
        try (Arena arena = begin()) {
            check(functions.flush(file.value(arena), credential.current()), "PVFS_sys_flush", "");
        }
    }

    private Arena begin() {
        checkOwner(owner);
        return Arena.ofConfined();
    }

    static void checkOwner(Thread owner) {
        if (!owner.equals(Thread.currentThread())) {
            throw new IllegalStateException("libpvfs2.so is called by " + owner + " only");
        }
    }

    private static MemorySegment name(Arena arena, String name) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        if (bytes.length == 0 || bytes.length > MAX_NAME_BYTES || name.indexOf('/') >= 0) {
            throw new IllegalArgumentException("no name of a file: " + name);
        }
        return text(arena, name);
    }

    private static MemorySegment text(Arena arena, String text) {
        if (text.indexOf(0) >= 0) {
            throw new IllegalArgumentException("a NUL in " + text);
        }
        return arena.allocateFrom(Objects.requireNonNull(text), StandardCharsets.UTF_8);
    }

    private void check(int result, String operation, String subject) {
        if (result < 0) {
            throw new PvfsException(operation, subject, functions.errno(result));
        }
    }
}
