package io.volary.export.vhost.memory;

/**
 * Where a range of memory is for the guest, for its front-end, and in the file that comes with it.
 *
 * @param guestAddress what descriptors name
 * @param size in bytes
 * @param userAddress what the addresses of rings are relative to
 * @param fileOffset where the range begins in the file
 */
public record MemoryRegion(long guestAddress, long size, long userAddress, long fileOffset) {
    /** @throws ViolationException if it is none */
    public MemoryRegion {
        if (size <= 0 || fileOffset < 0 || fileOffset > Long.MAX_VALUE - size) {
            throw new ViolationException("a memory region of " + Long.toUnsignedString(size) + " bytes at offset "
                    + Long.toUnsignedString(fileOffset));
        }
        if (wraps(guestAddress, size) || wraps(userAddress, size)) {
            throw new ViolationException("a memory region that goes beyond the end of the address space");
        }
    }

    private static boolean wraps(long address, long size) {
        return address < 0 || address > Long.MAX_VALUE - size;
    }

    boolean holds(long address) {
        return address >= guestAddress && address - guestAddress < size;
    }

    boolean holdsUser(long address, long length) {
        return address >= userAddress && address - userAddress <= size - length;
    }

    boolean overlaps(MemoryRegion other) {
        return guestAddress < other.guestAddress + other.size && other.guestAddress < guestAddress + size;
    }

    /** Whether both are the same range, wherever it lies in its file. */
    boolean isAt(MemoryRegion other) {
        return guestAddress == other.guestAddress && size == other.size && userAddress == other.userAddress;
    }
}
