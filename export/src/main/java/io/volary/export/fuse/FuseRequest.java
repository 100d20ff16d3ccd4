package io.volary.export.fuse;

import io.volary.block.BlockStatus;
import io.volary.block.Completion;
import io.volary.block.ExtentList;
import io.volary.block.IoVector;
import io.volary.linux.Errno;
import io.volary.linux.PageMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * One request, from its arrival until its reply has been written, and the memory for both. Belongs to one thread at a time,
 * which hands it on. Made once and used again and again: nothing is allocated for a read or a write.
 *
 * <p>The data of a write, and what a read has read, begin with a page:
 *
 * <pre>
 *   request:  | header, struct fuse_write_in | data ...
 *   reply:                          | header | data ...
 *                                            ^ DATA
 * </pre>
 */
final class FuseRequest implements Completion {
    /** The most bytes of one read or write. */
    static final int MAX_DATA_BYTES = 1 << 20;

    static final int PAGE_BYTES = 4096;
    private static final int DATA = PAGE_BYTES;
    private static final int REQUEST = DATA - RequestDescriptor.WRITE_DATA;
    private static final int REPLY = DATA - ReplyDescriptor.HEADER_BYTES;

    /** As long as the kernel wants it: a page beyond the longest write. */
    private static final int MEMORY_BYTES = DATA + MAX_DATA_BYTES + PAGE_BYTES;

    private static final int MAX_EXTENTS = 256;

    /** FUSE_UNIQUE_RESEND. */
    private static final long RESENT = 1L << 63;

    private final FuseChannel channel;
    private final MemorySegment memory;
    private final IoVector vector = new IoVector(1);
    private @Nullable ExtentList extents;

    /** The next one in a list of requests that are on their way to another thread, or free. */
    @Nullable
    FuseRequest next;

    private int opcode;
    private long unique;
    private int bodyBytes;
    private @Nullable VolumeHandle handle;

    /** How far it is: for {@link VolumeHandle}. */
    private int stage;

    private long position;

    FuseRequest(FuseChannel channel, Arena arena) {
        this.channel = channel;
        memory = PageMemory.allocate(arena, MEMORY_BYTES);
    }

    /** Reads the next request of the kernel's. Returns its length or a negative {@link Errno}. */
    int read() {
        int length = channel.device().read(memory, REQUEST, MEMORY_BYTES - REQUEST);
        if (length >= RequestDescriptor.HEADER_BYTES) {
            opcode = RequestDescriptor.opcode(memory, REQUEST);
            unique = RequestDescriptor.unique(memory, REQUEST);
            bodyBytes = length - RequestDescriptor.HEADER_BYTES;
        }
        return length;
    }

    /** Whether so many bytes came behind the header; what lies beyond is of another request. */
    boolean hasBody(int bytes) {
        return bytes <= bodyBytes;
    }

    int opcode() {
        return opcode;
    }

    /** Whether a server before has read it and not answered: it may have run already. */
    boolean isResent() {
        return (unique & RESENT) != 0;
    }

    /** What told the request from all others when it was first sent. */
    long firstUnique() {
        return unique & ~RESENT;
    }

    long node() {
        return RequestDescriptor.node(memory, REQUEST);
    }

    int pid() {
        return RequestDescriptor.pid(memory, REQUEST);
    }

    int uid() {
        return RequestDescriptor.uid(memory, REQUEST);
    }

    int gid() {
        return RequestDescriptor.gid(memory, REQUEST);
    }

    /** @throws FileRefusal EINVAL if the body ends before */
    int bodyInt(int offset) {
        requireBody(offset + Integer.BYTES);
        return RequestDescriptor.bodyInt(memory, REQUEST, offset);
    }

    /** @throws FileRefusal EINVAL if the body ends before */
    long bodyLong(int offset) {
        requireBody(offset + Long.BYTES);
        return RequestDescriptor.bodyLong(memory, REQUEST, offset);
    }

    private void requireBody(int bytes) {
        if (!hasBody(bytes)) {
            throw new FileRefusal(Errno.EINVAL, "a request " + opcode + " that is cut short");
        }
    }

    /** The name at that place of the body, or the one behind it. */
    String name(int offset, int nth) {
        long end = REQUEST + RequestDescriptor.HEADER_BYTES + (long) bodyBytes;
        return RequestDescriptor.name(memory, REQUEST, end, offset, nth);
    }

    /** The name of a file. @throws FileRefusal if it is none that a file can have, or the way to another directory */
    String fileName(int offset, int nth) {
        String name = name(offset, nth);
        if (name.length() > FileNames.MAX_BYTES) {
            throw new FileRefusal(Errno.ENAMETOOLONG, "a name of " + name.length() + " bytes");
        }
        if (name.isEmpty() || name.equals(".") || name.equals("..") || name.indexOf('/') >= 0) {
            throw new FileRefusal(Errno.EINVAL, "a name that no file can have: " + name);
        }
        return name;
    }

    /** The bytes of data that a write says it has. */
    boolean hasData(int bytes) {
        int before = RequestDescriptor.WRITE_DATA - RequestDescriptor.HEADER_BYTES;
        return bytes >= 0 && bytes <= MAX_DATA_BYTES && hasBody(before + bytes);
    }

    /** Where the reply's body, or the data of a write, is: from {@link #data} on. */
    MemorySegment memory() {
        return memory;
    }

    static long data() {
        return DATA;
    }

    /** The first {@code bytes} of data. */
    IoVector vector(int bytes) {
        return vector.clear().add(memory, DATA, bytes);
    }

    ExtentList extents() {
        ExtentList list = extents;
        if (list == null) {
            list = new ExtentList(MAX_EXTENTS);
            extents = list;
        }
        return list;
    }

    void begin(VolumeHandle of) {
        handle = of;
        stage = 0;
    }

    int stage() {
        return stage;
    }

    void stage(int newStage) {
        stage = newStage;
    }

    long position() {
        return position;
    }

    void position(long newPosition) {
        position = newPosition;
    }

    /** What the volume was asked for has ended. */
    @Override
    public void complete(BlockStatus status) {
        VolumeHandle owner = handle;
        if (owner == null) {
            throw new IllegalStateException("the request is of no file");
        }
        owner.completed(this, status);
    }

    /** Replies with {@code bytes} of body and ends the request. */
    void reply(int bytes) {
        send(bytes, 0);
    }

    /** Replies with an {@link Errno}, or 0 for a success that says nothing else, and ends the request. */
    void replyError(int errno) {
        send(0, errno);
    }

    private void send(int bytes, int errno) {
        int length = ReplyDescriptor.HEADER_BYTES + bytes;
        ReplyDescriptor.putHeader(memory, REPLY, length, errno, unique);
        int result = channel.device().write(memory, REPLY, length);
        if (result == -Errno.EINVAL) {
            // The kernel did not like it, and somebody waits.
            ReplyDescriptor.putHeader(memory, REPLY, ReplyDescriptor.HEADER_BYTES, Errno.EIO, unique);
            channel.device().write(memory, REPLY, ReplyDescriptor.HEADER_BYTES);
        }
        end();
    }

    /** Ends a request to which there is no reply. */
    void end() {
        handle = null;
        channel.requests().giveBack(this);
    }
}
