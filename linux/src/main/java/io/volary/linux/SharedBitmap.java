package io.volary.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.Objects;

/**
 * A bitmap in memory of another process, which sets and clears bits of it too, and may take the memory away. Bit n is bit n % 8
 * of byte n / 8. Any thread, also several at a time, but not after {@link #close}.
 *
 * <p>It is the kernel that sets bits: FUTEX_WAKE_OP of futex(2) or-s a constant to a word in one atomic step, so nothing is
 * lost of what others do to the word meanwhile, and it answers EFAULT if the memory has gone. There a compare-and-set of
 * Java's would end the process as long as it is not compiled: the JVM survives SIGBUS in plain accesses only.
 */
public final class SharedBitmap implements AutoCloseable {
    private static final int FUTEX_WAKE_OP_PRIVATE = 5 | 128;
    private static final long OR = 2L << 28;

    /** The operand is the number of a bit, instead of a constant of 12 bits with its sign. */
    private static final long OF_A_BIT = 8L << 28;

    private static final int OPERAND_SHIFT = 12;
    private static final long ALL_BITS = 0xfffL << OPERAND_SHIFT;
    private static final int WORD_SHIFT = 5;

    /** Volatile, so that {@link #read} has a loop. */
    private static volatile int twoPasses = 2;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment words;
    private final long bits;

    /**
     * Maps a bitmap, which stays mapped until it is closed; {@code file} may be closed before.
     *
     * @param offset where it begins in the file, in bytes; a multiple of 4
     * @param bytes at least 1
     * @throws LinuxException if the range is not in the file, or the kernel refuses
     */
    public SharedBitmap(SharedDescriptor file, long offset, long bytes) {
        if (offset % Integer.BYTES != 0) {
            throw new IllegalArgumentException("a bitmap at offset " + offset);
        }
        try {
            // The last word may be one of which the bitmap has a part; the rest of its page is mapped too.
            long whole = (bytes + Integer.BYTES - 1) / Integer.BYTES * Integer.BYTES;
            words = file.map(arena, offset, bytes).reinterpret(whole);
        } catch (RuntimeException e) {
            arena.close();
            throw e;
        }
        bits = bytes * Byte.SIZE;
    }

    /** How many bits it has. */
    public long bits() {
        return bits;
    }

    /**
     * Sets the bits from {@code first} to {@code last}. Whoever finds one of them set, and clears it, also finds in memory all
     * that this thread has written before.
     *
     * @return false if the memory has gone
     * @throws IndexOutOfBoundsException if there are no such bits
     */
    public boolean set(long first, long last) {
        Objects.checkFromToIndex(first, last + 1, bits);
        // What is set already is not set again. Whoever clears it after this look sees what was written before it.
        VarHandle.fullFence();
        try {
            return setWords(first, last);
        } catch (InternalError memoryIsGone) {
            return false;
        }
    }

    private boolean setWords(long first, long last) {
        for (long word = first >> WORD_SHIFT; word <= last >> WORD_SHIFT; word++) {
            long begin = word << WORD_SHIFT;
            int below = first > begin ? (1 << (first - begin)) - 1 : 0;
            int above = last - begin < Integer.SIZE - 1 ? -2 << (last - begin) : 0;
            int missing = ~(below | above | read(word * Integer.BYTES));
            if (missing != 0 && !or(word * Integer.BYTES, missing)) {
                return false;
            }
        }
        return true;
    }

    /**
     * Compiled code throws for a read of memory that is not there only at some later safepoint, such as the end of a loop whose
     * length the compiler cannot know; so there is one.
     */
    private int read(long at) {
        int word = words.get(JAVA_INT, at);
        int passes = 0;
        do {
            passes++;
        } while (passes < twoPasses);
        return word;
    }

    private boolean or(long at, int missing) {
        if (missing == -1) {
            return change(at, OR | ALL_BITS);
        }
        for (int left = missing; left != 0; left &= left - 1) {
            long bit = Integer.numberOfTrailingZeros(left);
            if (!change(at, OR | OF_A_BIT | bit << OPERAND_SHIFT)) {
                return false;
            }
        }
        return true;
    }

    /** Nobody waits for the word, so nobody is woken. */
    private boolean change(long at, long operation) {
        long word = NativeMemory.writableAddress(words, at, Integer.BYTES);
        return SystemCall.FUTEX.call(word, FUTEX_WAKE_OP_PRIVATE, 0, 0, word, operation) >= 0;
    }

    /** Unmaps it, which takes long. */
    @Override
    public void close() {
        arena.close();
    }
}
