package io.volary.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * What is appended to memory that lives as long as any process has its descriptor, and so survives the one that writes. It is in
 * no file system: appending does not wait for a disk. Any thread, one at a time.
 *
 * <pre>
 *   0        8          begin
 *  +--------+- - - - - +-------------------
 *  | begin  | nothing  | what was appended
 *  +--------+- - - - - +-------------------
 * </pre>
 */
public final class SharedLog implements AutoCloseable {
    private static final int HEADER_BYTES = Long.BYTES;
    private static final int PAGE_BYTES = 4096;

    private final SharedDescriptor memory;
    private long begin;
    private long end;

    private SharedLog(SharedDescriptor memory, long begin) {
        this.memory = memory;
        this.begin = begin;
        end = Math.max(begin, memory.size());
    }

    /** A new one, with nothing in it. */
    public static SharedLog create(String name) {
        var log = new SharedLog(SharedDescriptor.memory(name, 0, false), HEADER_BYTES);
        log.putBegin(HEADER_BYTES);
        return log;
    }

    /** Goes on with the one that another process has written. */
    public static SharedLog of(SharedDescriptor received) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment header = arena.allocate(HEADER_BYTES, Long.BYTES);
            read(received.fd(), 0, header);
            return new SharedLog(received, header.get(JAVA_LONG, 0));
        }
    }

    /** The descriptor, to be sent; it stays this object's. */
    public int fd() {
        return memory.fd();
    }

    /** How much has been appended since it began, in bytes. */
    public long length() {
        return end - begin;
    }

    /** All that has been appended since it began. */
    public byte[] content() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment content = arena.allocate(end - begin);
            read(memory.fd(), begin, content);
            return content.toArray(JAVA_BYTE);
        }
    }

    public void append(byte[] bytes) {
        write(end, bytes);
        end += bytes.length;
    }

    /** Lets it begin anew with {@code content}: who dies in between leaves all the old or all the new. */
    public void beginWith(byte[] content) {
        long newBegin = end;
        append(content);
        putBegin(newBegin);
        begin = newBegin;
        long unused = begin / PAGE_BYTES * PAGE_BYTES - PAGE_BYTES;
        if (unused > 0) {
            int mode = LinuxFile.PUNCH_HOLE | LinuxFile.KEEP_SIZE;
            SystemCall.FALLOCATE.call(memory.fd(), mode, PAGE_BYTES, unused); // without it only memory is lost
        }
    }

    private void putBegin(long value) {
        try (Arena arena = Arena.ofConfined()) {
            write(0, arena.allocateFrom(JAVA_LONG, value).toArray(JAVA_BYTE));
        }
    }

    private void write(long offset, byte[] bytes) {
        try (Arena arena = Arena.ofConfined()) {
            long address = arena.allocateFrom(JAVA_BYTE, bytes).address();
            for (int done = 0; done < bytes.length; ) {
                long result = SystemCall.PWRITE64.call(memory.fd(), address + done, bytes.length - done, offset + done);
                done += (int) LinuxException.check(result, "pwrite", "memory");
            }
        }
    }

    private static void read(int fd, long offset, MemorySegment to) {
        for (long done = 0; done < to.byteSize(); ) {
            long result = SystemCall.PREAD64.call(fd, to.address() + done, to.byteSize() - done, offset + done);
            if (LinuxException.check(result, "pread", "memory") == 0) {
                throw new LinuxException("pread", "memory that is too short", Errno.EIO);
            }
            done += result;
        }
    }

    /** Others may still have it. */
    @Override
    public void close() {
        memory.close();
    }
}
