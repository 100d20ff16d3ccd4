package io.volary.export.vhost;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.volary.export.vhost.ring.GuestRam;
import io.volary.linux.SharedDescriptor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.BitSet;

/** A front-end's log of the pages that the back-end writes to, as it reads and clears it. */
final class LogMemory implements AutoCloseable {
    private static final VarHandle WORD = JAVA_LONG.varHandle();

    private final Arena arena = Arena.ofShared();
    private final SharedDescriptor file;
    private final MemorySegment words;
    private final long offset;
    private final long bytes;

    /** Just large enough for a guest, at an offset of its file. */
    LogMemory(Guest guest, long offset) {
        this(needed(guest), offset);
    }

    LogMemory(long bytes, long offset) {
        this.bytes = bytes;
        this.offset = offset;
        long whole = offset + (bytes + 7) / 8 * 8;
        file = SharedDescriptor.memory("log", whole, false);
        words = file.map(arena, offset, whole - offset);
    }

    static long needed(Guest guest) {
        return (page(GuestRam.GUEST + guest.ram().memory().byteSize() - 1) + 8) / 8L;
    }

    static int page(long guestAddress) {
        return (int) (guestAddress / 4096);
    }

    /** SET_LOG_BASE, and its answer. */
    void send(RawFrontEnd frontEnd) {
        frontEnd.send(MessageType.SET_LOG_BASE, 0, new long[] {bytes, offset}, file.fd());
        frontEnd.answer(MessageType.SET_LOG_BASE);
    }

    /** The marks that there are, which are cleared, word by word. */
    BitSet take() {
        var marks = new BitSet();
        for (long word = 0; word < words.byteSize() / 8; word++) {
            if (words.get(JAVA_LONG, word * 8) != 0) {
                long taken = (long) WORD.getAndSet(words, word * 8, 0L);
                for (; taken != 0; taken &= taken - 1) {
                    marks.set((int) word * 64 + Long.numberOfTrailingZeros(taken));
                }
            }
        }
        return marks;
    }

    void clear() {
        words.fill((byte) 0);
    }

    SharedDescriptor file() {
        return file;
    }

    @Override
    public void close() {
        arena.close();
        file.close();
    }
}
