package io.volary.linux.pvfs;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.volary.linux.Errno;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.LongSupplier;

/**
 * Who we are, for the servers. It is good for an hour, and the library renews it only in its last three seconds, which a call may
 * outlast; so it is told at half-time that it has run out. Calls take copies.
 *
 * <pre>
 *   0      4        8        16       24       32     64
 *   +------+--------+--------+--------+--------+------+
 *   | user | count  | groups | issuer | runs   | rest |
 *   |      |        |        |        | out at |      |   seconds since 1970
 *   +------+--------+--------+--------+--------+------+
 * </pre>
 */
final class PvfsCredential {
    private static final int BYTES = 64;
    private static final int GROUP_COUNT = 4;
    private static final int GROUPS = 8;
    private static final int RUNS_OUT = 24;
    private static final long RENEWAL_SECONDS = 1800;

    private final PvfsFunctions functions;
    private final LongSupplier clockSeconds;
    private final MemorySegment memory;
    private long renewAt;

    /** @param clockSeconds what {@link System#nanoTime} says, in seconds */
    PvfsCredential(PvfsFunctions functions, LongSupplier clockSeconds) {
        this.functions = functions;
        this.clockSeconds = clockSeconds;
        memory = Arena.ofAuto().allocate(BYTES, Long.BYTES);
        check(functions.newCredential(memory), "PVFS_util_gen_credential_defaults");
        renewAt = clockSeconds.getAsLong() + RENEWAL_SECONDS;
    }

    /** To be given to a call, and good for half an hour at least. */
    MemorySegment current() {
        if (clockSeconds.getAsLong() - renewAt >= 0) {
            memory.set(JAVA_LONG, RUNS_OUT, 0);
            check(functions.refreshCredential(memory), "PVFS_util_refresh_credential");
            renewAt = clockSeconds.getAsLong() + RENEWAL_SECONDS;
        }
        return memory;
    }

    int user() {
        return memory.get(JAVA_INT, 0);
    }

    int group() {
        MemorySegment groups = memory.get(ADDRESS, GROUPS);
        if (memory.get(JAVA_INT, GROUP_COUNT) < 1 || groups.address() == 0) {
            throw new PvfsException("PVFS_util_gen_credential_defaults", "no group", Errno.EPROTO);
        }
        return groups.reinterpret(Integer.BYTES).get(JAVA_INT, 0);
    }

    private void check(int result, String operation) {
        if (result != 0) {
            throw new PvfsException(operation, "", functions.errno(result));
        }
    }
}
