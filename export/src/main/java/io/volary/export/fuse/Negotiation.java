package io.volary.export.fuse;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.volary.linux.Errno;
import io.volary.linux.FuseDevice;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The first request, in which kernel and server say what they know (struct fuse_init_in and fuse_init_out). Served are protocols
 * from 7.31 (Linux 5.4) on; both sides then speak the older one of theirs.
 */
final class Negotiation {
    private static final Logger LOG = LoggerFactory.getLogger(Negotiation.class);

    private static final int MAJOR = 7;

    /** The newest that is known here: of Linux 6.18. */
    private static final int MINOR = 45;

    private static final int OLDEST_MINOR = 31;

    private static final int ASYNC_READ = 1;
    private static final int BIG_WRITES = 1 << 5;
    private static final int AUTO_INVALIDATE_DATA = 1 << 12;
    private static final int READDIRPLUS = 1 << 13;
    private static final int READDIRPLUS_AUTO = 1 << 14;
    private static final int ASYNC_DIRECT_IO = 1 << 15;
    private static final int PARALLEL_DIRECTORY_OPERATIONS = 1 << 18;
    private static final int MAX_PAGES = 1 << 22;
    private static final int HANDLE_KILLPRIV_V2 = 1 << 28;
    private static final int EXTENDED = 1 << 30;
    private static final int WANTED = ASYNC_READ
            | BIG_WRITES
            | AUTO_INVALIDATE_DATA
            | READDIRPLUS
            | READDIRPLUS_AUTO
            | ASYNC_DIRECT_IO
            | PARALLEL_DIRECTORY_OPERATIONS
            | MAX_PAGES
            | HANDLE_KILLPRIV_V2
            | EXTENDED;

    /** Bits 32 and up of the flags. Files that bypass the page cache can be mapped all the same. */
    private static final int DIRECT_IO_ALLOW_MMAP = 1 << 4;

    private static final int HAS_RESEND = 1 << 7;

    /** Tests play a kernel before Linux 6.9. */
    private static final boolean MAY_RESEND = !Boolean.getBoolean("volary.fuse.neverResend");

    /** Mounting has put it into the queue. */
    private static final long PATIENCE_MILLIS = 10_000;

    /** Requests of asynchronous I/O that the kernel has under way at a time, and where it begins to hold back. */
    private static final int MAX_BACKGROUND = 256;

    private static final int CONGESTION = 192;
    private static final int REPLY_BYTES = 64;

    private Negotiation() {}

    /**
     * Reads and answers it. Blocks. Returns whether the kernel can send requests again that were read and not answered.
     *
     * @throws FileRefusal if it does not come, or speaks another protocol
     */
    static boolean await(FuseDevice device) {
        return await(device, PATIENCE_MILLIS);
    }

    /** As above, but waits no longer than that. */
    static boolean await(FuseDevice device, long patienceMillis) {
        var channel = new FuseChannel(device);
        try {
            FuseRequest request = Objects.requireNonNull(channel.requests().take());
            long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(patienceMillis);
            int result = request.read();
            while (result < 0 && System.nanoTime() < end) {
                Thread.sleep(1);
                result = request.read();
            }
            if (result < 0 || request.opcode() != Opcode.INIT) {
                throw new FileRefusal(Errno.EPROTO, "the kernel does not begin to speak FUSE");
            }
            return answer(request);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FileRefusal(Errno.EINTR, "interrupted while the kernel begins to speak FUSE");
        } finally {
            channel.requests().close();
        }
    }

    private static boolean answer(FuseRequest request) {
        int major = request.bodyInt(0);
        int minor = request.bodyInt(4);
        int readahead = request.bodyInt(8);
        int flags = request.bodyInt(12);
        int flags2 = (flags & EXTENDED) == 0 ? 0 : request.bodyInt(16);
        if (major < MAJOR || (major == MAJOR && minor < OLDEST_MINOR)) {
            request.replyError(Errno.EPROTO);
            throw new FileRefusal(
                    Errno.EPROTO,
                    "the kernel speaks FUSE " + major + "." + minor + ", and the mount needs " + MAJOR + "."
                            + OLDEST_MINOR);
        }
        LOG.debug("the kernel speaks FUSE {}.{}", major, minor);
        MemorySegment memory = request.memory();
        long at = FuseRequest.data();
        memory.asSlice(at, REPLY_BYTES).fill((byte) 0);
        memory.set(JAVA_INT, at, MAJOR);
        memory.set(JAVA_INT, at + 4, MINOR);
        memory.set(JAVA_INT, at + 8, readahead);
        memory.set(JAVA_INT, at + 12, flags & WANTED);
        memory.set(JAVA_SHORT, at + 16, (short) MAX_BACKGROUND);
        memory.set(JAVA_SHORT, at + 18, (short) CONGESTION);
        memory.set(JAVA_INT, at + 20, FuseRequest.MAX_DATA_BYTES);
        memory.set(JAVA_INT, at + 24, 1); // times in nanoseconds
        memory.set(JAVA_SHORT, at + 28, (short) (FuseRequest.MAX_DATA_BYTES / FuseRequest.PAGE_BYTES));
        memory.set(JAVA_INT, at + 32, flags2 & DIRECT_IO_ALLOW_MMAP);
        request.reply(REPLY_BYTES);
        return (flags2 & HAS_RESEND) != 0 && MAY_RESEND;
    }
}
