package io.volary.linux.pvfs;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.volary.linux.Errno;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Objects;

/**
 * Reads and writes that are under way. They end in any order, in {@link #poll}. For the thread that started the library. Slots are numbered; the library is
 * given the number with each transfer, and gives it back at the end.
 */
public final class PvfsTransfers {
    /** The most at a time. */
    public static final int MAX_IN_FLIGHT = 64;

    /** The longest transfer, in bytes. */
    public static final int MAX_BYTES = 1 << 30;

    /** Hears of each transfer once. */
    @FunctionalInterface
    public interface Completion {
        /**
         * A transfer has ended, and its memory is the caller's again. Starts no other.
         *
         * @param id what it was started with
         * @param bytes how many were transferred, fewer at the end of a file; or the negative of an {@link Errno}
         */
        void completed(long id, long bytes);
    }

    private static final int READ = 1;
    private static final int WRITE = 2;
    private static final long DONE_AT_ONCE = -1;

    private final PvfsFunctions functions;
    private final PvfsCredential credential;
    private final MemorySegment byteRequest;
    private final Thread owner = Thread.currentThread();

    private final long[] ids = new long[MAX_IN_FLIGHT];
    private final boolean[] inFlight = new boolean[MAX_IN_FLIGHT];
    private final int[] requestBytes = new int[MAX_IN_FLIGHT];
    private final int[] free = new int[MAX_IN_FLIGHT];
    private int freeCount = MAX_IN_FLIGHT;
    /** Slots of transfers that ended when they were started, and how. */
    private final int[] ended = new int[MAX_IN_FLIGHT];

    private final int[] endedResult = new int[MAX_IN_FLIGHT];
    private int endedCount;

    private final MemorySegment reference;
    private final MemorySegment requests;
    private final MemorySegment transferred;
    private final MemorySegment operation;
    private final MemorySegment operations;
    private final MemorySegment tags;
    private final MemorySegment errors;
    private final MemorySegment count;

    PvfsTransfers(PvfsFunctions functions, PvfsCredential credential) {
        this.functions = functions;
        this.credential = credential;
        byteRequest = functions.byteRequest();
        Arena arena = Arena.ofAuto();
        reference = arena.allocate(PvfsReference.LAYOUT);
        requests = arena.allocate(ADDRESS, MAX_IN_FLIGHT);
        transferred = arena.allocate(JAVA_LONG, MAX_IN_FLIGHT);
        operation = arena.allocate(JAVA_LONG);
        operations = arena.allocate(JAVA_LONG, MAX_IN_FLIGHT);
        tags = arena.allocate(ADDRESS, MAX_IN_FLIGHT);
        errors = arena.allocate(JAVA_INT, MAX_IN_FLIGHT);
        count = arena.allocate(JAVA_INT);
        Arrays.setAll(free, slot -> slot);
    }

    /** How many are under way; not more than {@link #MAX_IN_FLIGHT}. */
    public int inFlight() {
        return MAX_IN_FLIGHT - freeCount;
    }

    /**
     * Starts to read from {@code file} at {@code offset} to all of {@code memory}, which is native and stays alive and the
     * library's until the end.
     *
     * @param id for the completion
     * @throws IllegalStateException if {@link #MAX_IN_FLIGHT} are under way
     */
    public void read(PvfsReference file, long offset, MemorySegment memory, long id) {
        if (memory.isReadOnly()) {
            throw new IllegalArgumentException("the memory is read-only");
        }
        start(READ, file, offset, memory, id);
    }

    /** Starts to write {@code memory}; as {@link #read}. */
    public void write(PvfsReference file, long offset, MemorySegment memory, long id) {
        start(WRITE, file, offset, memory, id);
    }

    private void start(int type, PvfsReference file, long offset, MemorySegment memory, long id) {
        PvfsFileSystem.checkOwner(owner);
        check(offset, memory);
        int slot = free[freeCount - 1];
        int result = prepareRequest(slot, (int) memory.byteSize());
        if (result >= 0) {
            result = post(slot, type, file, offset, memory);
        } else {
            operation.set(JAVA_LONG, 0, DONE_AT_ONCE);
        }
        freeCount--;
        ids[slot] = id;
        inFlight[slot] = true;
        if (result != 0 || operation.get(JAVA_LONG, 0) == DONE_AT_ONCE) {
            ended[endedCount] = slot;
            endedResult[endedCount] = Math.min(result, 0);
            endedCount++;
        }
    }

    private int post(int slot, int type, PvfsReference file, long offset, MemorySegment memory) {
        file.write(reference);
        operation.set(JAVA_LONG, 0, DONE_AT_ONCE);
        transferred.setAtIndex(JAVA_LONG, slot, 0);
        return functions.startTransfer(
                reference,
                byteRequest,
                offset,
                memory,
                requests.getAtIndex(ADDRESS, slot),
                credential.current(),
                transferred.asSlice((long) slot * Long.BYTES, Long.BYTES),
                type,
                operation,
                MemorySegment.ofAddress(slot + 1L));
    }

    private void check(long offset, MemorySegment memory) {
        if (!memory.isNative() || !memory.scope().isAlive()) {
            throw new IllegalArgumentException("the library needs native memory that is alive");
        }
        if (memory.byteSize() < 1 || memory.byteSize() > MAX_BYTES) {
            throw new IllegalArgumentException(memory.byteSize() + " bytes: 1 to " + MAX_BYTES);
        }
        if (offset < 0 || offset > Long.MAX_VALUE - memory.byteSize()) {
            throw new IllegalArgumentException("offset " + offset);
        }
        if (freeCount == 0) {
            throw new IllegalStateException(MAX_IN_FLIGHT + " transfers are under way");
        }
    }

    /** The description of so many bytes in one piece, which is kept with the slot: most transfers are of few lengths. */
    private int prepareRequest(int slot, int bytes) {
        if (requestBytes[slot] == bytes) {
            return 0;
        }
        MemorySegment request = requests.asSlice(slot * ADDRESS.byteSize(), ADDRESS.byteSize());
        if (requestBytes[slot] != 0) {
            requestBytes[slot] = 0;
            functions.freeRequest(request);
        }
        int result = functions.newRequest(bytes, byteRequest, request);
        if (result >= 0) {
            requestBytes[slot] = bytes;
        }
        return result;
    }

    /**
     * Tells of transfers that have ended, after waiting for one.
     *
     * @param timeoutMillis the longest wait; 0: none
     * @return how many ended
     * @throws PvfsException if the library cannot tell
     */
    public int poll(int timeoutMillis, Completion completion) {
        PvfsFileSystem.checkOwner(owner);
        int early = tellEnded(completion);
        if (early > 0 || inFlight() == 0) {
            return early;
        }
        count.set(JAVA_INT, 0, MAX_IN_FLIGHT);
        int result = functions.poll(operations, count, tags, errors, Math.max(0, timeoutMillis));
        if (result < 0) {
            throw new PvfsException("PVFS_sys_testany", "", functions.errno(result));
        }
        int found = count.get(JAVA_INT, 0);
        Objects.checkFromToIndex(0, found, MAX_IN_FLIGHT);
        for (int i = 0; i < found; i++) {
            long slot = tags.getAtIndex(ADDRESS, i).address() - 1;
            tell(slot, errors.getAtIndex(JAVA_INT, i), completion);
        }
        return found;
    }

    private int tellEnded(Completion completion) {
        int told = endedCount;
        endedCount = 0;
        for (int i = 0; i < told; i++) {
            tell(ended[i], endedResult[i], completion);
        }
        return told;
    }

    private void tell(long tag, int error, Completion completion) {
        if (tag < 0 || tag >= MAX_IN_FLIGHT || !inFlight[(int) tag]) {
            throw new PvfsException("PVFS_sys_testany", "a transfer that was not started", Errno.EPROTO);
        }
        int slot = (int) tag;
        inFlight[slot] = false;
        free[freeCount++] = slot;
        long bytes = transferred.getAtIndex(JAVA_LONG, slot);
        completion.completed(ids[slot], error == 0 ? bytes : -functions.errno(error));
    }
}
