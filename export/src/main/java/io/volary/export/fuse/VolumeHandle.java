package io.volary.export.fuse;

import io.volary.block.BlockDevice;
import io.volary.block.BlockQueue;
import io.volary.block.BlockStatus;
import io.volary.block.Completion;
import io.volary.block.ExtentList;
import io.volary.block.WriteFlags;
import io.volary.export.Attachments.Attachment;
import io.volary.linux.Errno;
import io.volary.linux.LinuxFile;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An open volume or snapshot. What is asked of its data is done here, on the volume's loop: nothing blocks, and nothing is
 * allocated for a read or a write. It attaches to the volume for as long as it is open, and holds it from its first write on.
 */
final class VolumeHandle implements Handle {
    private static final Logger LOG = LoggerFactory.getLogger(VolumeHandle.class);

    /** What a file may have, so that a mistaken offset is told of at once. */
    static final long MAX_BYTES = 64L << 40;

    private static final int O_DSYNC = 0x1000;

    /** Stages of a request. */
    private static final int ENDING = 0;

    private static final int GROWING = 1;
    private static final int ZEROING = 2;

    private final FuseLoop loop;
    private final VolumeFile file;
    private final BlockDevice device;
    private final Attachment attachment;
    private final VolumeMarks marks;
    private final BlockQueue queue;
    private int pending;
    private boolean granted;
    private boolean refused;
    private boolean grown;
    private boolean gone;
    private volatile boolean closed;
    private boolean awake;
    private @Nullable FuseRequest release;

    /** Opens it; on the volume's loop. */
    VolumeHandle(FuseLoop loop, VolumeFile file, Attachment attachment, VolumeMarks marks) {
        this.loop = loop;
        this.file = file;
        this.attachment = attachment;
        this.marks = marks;
        device = file.export().device();
        queue = device.openQueue(RequestPool.CAPACITY);
        attachment.onDismissal(() -> file.export().loop().execute(this::dismiss));
    }

    @Override
    public FuseLoop loop() {
        return loop;
    }

    VolumeFile file() {
        return file;
    }

    /** Holds the volume, as it did at the server before. On the volume's loop. */
    void hold() {
        granted = attachment.acquire();
        marks.modified(); // and when, only that server knew
        if (!granted) {
            logRefusal();
        }
    }

    /** Takes a request; its reply may come later. */
    void start(FuseRequest request) {
        pending++;
        request.begin(this);
        if (gone && request.opcode() != Opcode.RELEASE) {
            reply(request, Errno.ESTALE);
            return;
        }
        switch (request.opcode()) {
            case Opcode.READ -> read(request);
            case Opcode.WRITE -> write(request);
            case Opcode.FSYNC -> queue.flush(request);
            case Opcode.FALLOCATE -> allocate(request);
            case Opcode.LSEEK -> seek(request);
            case Opcode.RELEASE -> release(request);
            default -> reply(request, Errno.ENOSYS);
        }
        wake();
    }

    private void read(FuseRequest request) {
        long offset = request.bodyLong(8);
        long length = Math.min(request.bodyInt(16), FuseRequest.MAX_DATA_BYTES);
        long bytes = Math.min(length, device.size() - offset);
        if (offset < 0 || bytes <= 0) {
            request.position(0);
            replyData(request);
            return;
        }
        request.position(bytes);
        queue.read(offset, request.vector((int) bytes), request);
    }

    private void write(FuseRequest request) {
        int bytes = request.bodyInt(16);
        long offset = request.bodyLong(8);
        if (!request.hasData(bytes) || offset < 0) {
            reply(request, Errno.EINVAL);
        } else if (offset > MAX_BYTES - bytes) {
            reply(request, Errno.EFBIG);
        } else if (mayWrite(request)) {
            if (offset + bytes > device.size()) {
                grow(request, offset + bytes);
            } else {
                submitWrite(request);
            }
        }
    }

    private void submitWrite(FuseRequest request) {
        int bytes = request.bodyInt(16);
        int flags = (request.bodyInt(32) & O_DSYNC) != 0 ? WriteFlags.FUA : WriteFlags.NONE;
        request.stage(ENDING);
        marks.modified();
        queue.write(request.bodyLong(8), request.vector(bytes), flags, request);
    }

    private void grow(FuseRequest request, long bytes) {
        grown = true;
        request.stage(GROWING);
        file.growth().extend(bytes, request);
    }

    private void allocate(FuseRequest request) {
        long offset = request.bodyLong(8);
        long length = request.bodyLong(16);
        int mode = request.bodyInt(24);
        boolean zeroes = mode == (LinuxFile.PUNCH_HOLE | LinuxFile.KEEP_SIZE)
                || (mode & ~LinuxFile.KEEP_SIZE) == LinuxFile.ZERO_RANGE;
        if (!zeroes && (mode & ~LinuxFile.KEEP_SIZE) != 0) {
            reply(request, Errno.EOPNOTSUPP);
        } else if (offset < 0 || length <= 0) {
            reply(request, Errno.EINVAL);
        } else if (length > MAX_BYTES - offset) {
            reply(request, Errno.EFBIG);
        } else if (mayWrite(request)) {
            long inside = Math.min(length, device.size() - offset);
            if (zeroes && inside > 0) {
                request.stage(ZEROING);
                marks.modified();
                boolean punches = (mode & LinuxFile.PUNCH_HOLE) != 0;
                queue.writeZeroes(offset, inside, punches ? WriteFlags.NONE : WriteFlags.NO_HOLE, request);
            } else {
                allocateBehindEnd(request);
            }
        }
    }

    /** Space is taken when something is written, as ever; but the file may get longer. */
    private void allocateBehindEnd(FuseRequest request) {
        long end = request.bodyLong(8) + request.bodyLong(16);
        if ((request.bodyInt(24) & LinuxFile.KEEP_SIZE) == 0 && end > device.size()) {
            grow(request, end);
        } else {
            reply(request, 0);
        }
    }

    private void seek(FuseRequest request) {
        long offset = request.bodyLong(8);
        int whence = request.bodyInt(16);
        if (whence != LinuxFile.SEEK_DATA && whence != LinuxFile.SEEK_HOLE) {
            reply(request, Errno.EINVAL);
        } else if (offset < 0 || offset >= device.size()) {
            reply(request, Errno.ENXIO);
        } else {
            request.position(offset);
            seekOn(request);
        }
    }

    private void seekOn(FuseRequest request) {
        queue.extents(request.position(), device.size() - request.position(), request.extents(), request);
    }

    private void sought(FuseRequest request) {
        boolean data = request.bodyInt(16) == LinuxFile.SEEK_DATA;
        ExtentList extents = request.extents();
        for (int i = 0; i < extents.count(); i++) {
            if (data == (extents.kind(i) == ExtentList.Kind.DATA)) {
                replyOffset(request, request.position());
                return;
            }
            request.position(request.position() + extents.length(i));
        }
        if (request.position() < device.size()) {
            seekOn(request);
        } else if (data) {
            reply(request, Errno.ENXIO);
        } else {
            replyOffset(request, device.size());
        }
    }

    /** Takes the volume if nobody else holds it; replies that it is held otherwise. */
    private boolean mayWrite(FuseRequest request) {
        int errno = claim(request.bodyLong(0));
        if (errno != 0) {
            reply(request, errno);
        }
        return errno == 0;
    }

    /** Holds the volume from now on, for the handle of that number. Returns 0, or an {@link Errno}. On the volume's loop. */
    private int claim(long number) {
        if (device.readOnly()) {
            return Errno.EROFS;
        }
        if (!granted) {
            granted = attachment.acquire();
            if (!granted) {
                logRefusal();
                return Errno.EBUSY;
            }
            loop.dispatcher().held(number);
        }
        return 0;
    }

    /**
     * Takes part in a copy, until {@link #endCopy}: stays open, and gets ready to be written to at least up to {@code end}. On the
     * volume's loop.
     *
     * @param end 0 if it is only read
     * @param ready is called exactly once, also there
     * @throws FileRefusal ESTALE if the volume is being deleted, EROFS, EBUSY
     */
    void beginCopy(long number, long end, Completion ready) {
        int errno = gone ? Errno.ESTALE : end == 0 ? 0 : claim(number);
        if (errno != 0) {
            throw new FileRefusal(errno, file.export().name() + " cannot take part in a copy");
        }
        pending++;
        if (end > 0) {
            marks.modified();
        }
        if (end > device.size()) {
            grown = true;
            file.growth().extend(end, ready);
        } else {
            ready.complete(BlockStatus.OK);
        }
    }

    /** On the volume's loop. */
    void endCopy() {
        pending--;
        wake();
    }

    BlockDevice device() {
        return device;
    }

    private void logRefusal() {
        if (!refused) {
            refused = true;
            var holder = file.export().attachments().holder();
            LOG.warn(
                    "{}: refused to let {} write: the volume is held by {}",
                    file.export().name(),
                    attachment.client().peer(),
                    holder == null ? "a control operation" : holder.peer());
        }
    }

    /** Something that was asked of the volume has ended. */
    void completed(FuseRequest request, BlockStatus status) {
        int errno = FileErrors.of(status);
        if (errno != 0) {
            reply(request, errno);
            return;
        }
        switch (request.opcode()) {
            case Opcode.READ -> replyData(request);
            case Opcode.WRITE -> wrote(request);
            case Opcode.LSEEK -> sought(request);
            case Opcode.FALLOCATE -> allocated(request);
            default -> reply(request, 0);
        }
        wake();
    }

    private void wrote(FuseRequest request) {
        if (request.stage() == GROWING) {
            submitWrite(request);
        } else {
            pending--;
            int bytes = request.bodyInt(16);
            request.reply(ReplyDescriptor.putSize(request.memory(), FuseRequest.data(), bytes));
        }
    }

    private void allocated(FuseRequest request) {
        if (request.stage() == ZEROING) {
            allocateBehindEnd(request);
        } else {
            reply(request, 0);
        }
    }

    private void replyData(FuseRequest request) {
        pending--;
        request.reply((int) request.position());
    }

    private void replyOffset(FuseRequest request, long offset) {
        pending--;
        request.reply(ReplyDescriptor.putOffset(request.memory(), FuseRequest.data(), offset));
    }

    private void reply(FuseRequest request, int errno) {
        pending--;
        request.replyError(errno);
    }

    private void release(FuseRequest request) {
        release = request;
        loop.dispatcher().released(request, granted, grown ? file.export().name() : null);
    }

    /** The volume is being deleted. */
    private void dismiss() {
        if (!gone) {
            LOG.info(
                    "{}: closing the file of {}: it is being deleted",
                    file.export().name(),
                    attachment.client().peer());
        }
        leave();
    }

    /** Lets go of the volume as soon as nothing is under way; what comes after finds it gone. */
    void leave() {
        gone = true;
        wake();
    }

    private void wake() {
        if (!awake) {
            awake = true;
            loop.wake(this);
        }
    }

    /** Does what can be done now. */
    int doWork() {
        int work = queue.poll();
        if (release != null && pending == 1) {
            reply(release, 0);
            release = null;
            leave();
        }
        if (gone && pending == 0 && !closed) {
            close();
            work++;
        }
        return work;
    }

    /** Whether only a request can bring something new. */
    boolean rest() {
        awake = pending > 0;
        return !awake;
    }

    private void close() {
        closed = true;
        queue.close();
        attachment.close();
    }

    /** From any thread. */
    boolean isClosed() {
        return closed;
    }
}
