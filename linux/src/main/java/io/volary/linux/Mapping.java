package io.volary.linux;

import java.lang.foreign.MemorySegment;

/** Memory from the kernel, or shared with it, by mmap(2). */
final class Mapping {
    private static final int PROT_READ_WRITE = 1 | 2;
    private static final int MAP_SHARED = 1;
    private static final int MAP_PRIVATE = 2;
    private static final int MAP_ANONYMOUS = 0x20;
    private static final int MAP_POPULATE = 0x8000;

    private Mapping() {}

    static MemorySegment shared(int fd, long offset, long length) {
        return map(length, MAP_SHARED | MAP_POPULATE, fd, offset);
    }

    /** Like {@link #shared}, but pages come when they are touched. */
    static MemorySegment sharedLazily(int fd, long offset, long length) {
        return map(length, MAP_SHARED, fd, offset);
    }

    static MemorySegment anonymous(long length) {
        return map(length, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    }

    private static MemorySegment map(long length, int flags, int fd, long offset) {
        long address = SystemCall.MMAP.call(0, length, PROT_READ_WRITE, flags, fd, offset);
        LinuxException.check(address, "mmap", "");
        return MemorySegment.ofAddress(address).reinterpret(length);
    }

    /** Any later access to {@code mapping} kills the process. */
    static void unmap(MemorySegment mapping) {
        SystemCall.MUNMAP.call(mapping.address(), mapping.byteSize());
    }
}
