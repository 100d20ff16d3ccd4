package io.volary.block;

/**
 * A disk in memory, thin: blocks take space once they are written. What is written is gone with the object, so
 * {@link BlockQueue#flush} has nothing to do. All its queues belong to one thread.
 */
public final class MemoryBlockDevice implements BlockDevice {
    static final int PAGE_SIZE = 4096;
    private static final int BLOCK_SIZE = 512;
    private static final long MAX_SIZE = 1L << 36;

    private final MemoryPages pages;
    private final long size;
    private final boolean readOnly;

    /** @param size in bytes, a multiple of 512, at most 64 GiB */
    public MemoryBlockDevice(long size) {
        this(new MemoryPages(pageCount(size)), size, false);
    }

    private MemoryBlockDevice(MemoryPages pages, long size, boolean readOnly) {
        this.pages = pages;
        this.size = size;
        this.readOnly = readOnly;
    }

    private static int pageCount(long size) {
        if (size < 0 || size > MAX_SIZE || size % BLOCK_SIZE != 0) {
            throw new IllegalArgumentException("a memory device of " + size + " bytes: not a multiple of " + BLOCK_SIZE
                    + " from 0 to " + MAX_SIZE);
        }
        return (int) ((size + PAGE_SIZE - 1) / PAGE_SIZE);
    }

    /** The same bytes, as a device that takes no writes. */
    public MemoryBlockDevice asReadOnly() {
        return new MemoryBlockDevice(pages, size, true);
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public int blockSize() {
        return BLOCK_SIZE;
    }

    @Override
    public int preferredBlockSize() {
        return PAGE_SIZE;
    }

    @Override
    public boolean readOnly() {
        return readOnly;
    }

    @Override
    public BlockQueue openQueue(int depth) {
        return new Queue(depth);
    }

    private boolean isValid(long offset, long length) {
        return offset >= 0
                && length >= 0
                && offset <= size
                && length <= size - offset
                && ((offset | length) & (BLOCK_SIZE - 1)) == 0;
    }

    /** Works at once, and remembers the completion until it is polled. */
    private final class Queue implements BlockQueue {
        private final DueCompletions completions;

        Queue(int depth) {
            completions = new DueCompletions(depth);
        }

        @Override
        public void read(long offset, IoVector target, Completion completion) {
            completions.begin();
            BlockStatus status = checkRead(offset, target.length());
            if (status == BlockStatus.OK) {
                pages.read(offset, target);
            }
            completions.end(completion, status);
        }

        @Override
        public void write(long offset, IoVector source, int flags, Completion completion) {
            completions.begin();
            BlockStatus status = checkWrite(offset, source.length());
            if (status == BlockStatus.OK) {
                pages.write(offset, source);
            }
            completions.end(completion, status);
        }

        @Override
        public void flush(Completion completion) {
            completions.begin();
            completions.end(completion, BlockStatus.OK);
        }

        @Override
        public void discard(long offset, long length, Completion completion) {
            completions.begin();
            BlockStatus status = checkWrite(offset, length);
            if (status == BlockStatus.OK) {
                pages.discard(offset, length);
            }
            completions.end(completion, status);
        }

        @Override
        public void writeZeroes(long offset, long length, int flags, Completion completion) {
            completions.begin();
            BlockStatus status = checkWrite(offset, length);
            if (status == BlockStatus.OK) {
                pages.zero(offset, length, (flags & WriteFlags.NO_HOLE) != 0);
            }
            completions.end(completion, status);
        }

        @Override
        public void extents(long offset, long length, ExtentList result, Completion completion) {
            completions.begin();
            result.clear();
            BlockStatus status = length == 0 ? BlockStatus.INVALID_RANGE : checkRead(offset, length);
            if (status == BlockStatus.OK) {
                pages.extents(offset, length, result);
            }
            completions.end(completion, status);
        }

        private BlockStatus checkRead(long offset, long length) {
            return isValid(offset, length) ? BlockStatus.OK : BlockStatus.INVALID_RANGE;
        }

        private BlockStatus checkWrite(long offset, long length) {
            return readOnly ? BlockStatus.READ_ONLY : checkRead(offset, length);
        }

        @Override
        public int poll() {
            return completions.run();
        }

        @Override
        public int outstanding() {
            return completions.outstanding();
        }

        @Override
        public void close() {
            completions.close();
        }
    }
}
