package io.volary.block;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a {@link MemoryBlockDevice}: a table of pages, where null is a hole and {@link #ZERO} an allocated page
 * that holds zeroes.
 */
final class MemoryPages {
    private static final int PAGE_SIZE = MemoryBlockDevice.PAGE_SIZE;
    private static final MemorySegment ZERO =
            MemorySegment.ofArray(new byte[PAGE_SIZE]).asReadOnly();

    private final @Nullable MemorySegment[] pages;

    MemoryPages(int count) {
        pages = new MemorySegment[count];
    }

    void read(long offset, IoVector target) {
        long end = offset + target.length();
        for (long at = offset; at < end; at = nextPage(at)) {
            long bytes = Math.min(nextPage(at), end) - at;
            MemorySegment page = pages[index(at)];
            if (page == null) {
                target.zero(at - offset, bytes);
            } else {
                target.copyFrom(page, at % PAGE_SIZE, at - offset, bytes);
            }
        }
    }

    void write(long offset, IoVector source) {
        long end = offset + source.length();
        for (long at = offset; at < end; at = nextPage(at)) {
            long bytes = Math.min(nextPage(at), end) - at;
            source.copyTo(at - offset, writable(index(at)), at % PAGE_SIZE, bytes);
        }
    }

    /** Drops the whole pages of the range. */
    void discard(long offset, long length) {
        long end = offset + length;
        int afterLast = (int) (end / PAGE_SIZE);
        for (int i = (int) ((offset + PAGE_SIZE - 1) / PAGE_SIZE); i < afterLast; i++) {
            pages[i] = null;
        }
    }

    void zero(long offset, long length, boolean allocated) {
        long end = offset + length;
        for (long at = offset; at < end; at = nextPage(at)) {
            long bytes = Math.min(nextPage(at), end) - at;
            if (bytes == PAGE_SIZE) {
                pages[index(at)] = allocated ? ZERO : null;
            } else if (allocated || pages[index(at)] != null) {
                writable(index(at)).asSlice(at % PAGE_SIZE, bytes).fill((byte) 0);
            }
        }
    }

    void extents(long offset, long length, ExtentList result) {
        long end = offset + length;
        for (long at = offset; at < end; at = nextPage(at)) {
            if (!result.add(Math.min(nextPage(at), end) - at, kind(index(at)))) {
                return;
            }
        }
    }

    private ExtentList.Kind kind(int index) {
        MemorySegment page = pages[index];
        if (page == null) {
            return ExtentList.Kind.HOLE;
        }
        return page.equals(ZERO) ? ExtentList.Kind.ZERO : ExtentList.Kind.DATA;
    }

    private MemorySegment writable(int index) {
        MemorySegment page = pages[index];
        if (page == null || page.equals(ZERO)) {
            page = MemorySegment.ofArray(new byte[PAGE_SIZE]);
            pages[index] = page;
        }
        return page;
    }

    private static int index(long offset) {
        return (int) (offset / PAGE_SIZE);
    }

    private static long nextPage(long offset) {
        return (offset / PAGE_SIZE + 1) * PAGE_SIZE;
    }
}
