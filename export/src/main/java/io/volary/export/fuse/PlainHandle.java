package io.volary.export.fuse;

import io.volary.linux.Errno;
import io.volary.linux.LinuxFile;
import io.volary.linux.OpenFlag;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** An open small file. Its calls block. */
final class PlainHandle implements Handle, AutoCloseable {
    private final LinuxFile file;

    private PlainHandle(LinuxFile file) {
        this.file = file;
    }

    static PlainHandle open(Path path, boolean writes) {
        return new PlainHandle(LinuxFile.open(path, 0, writes ? OpenFlag.READ_WRITE : OpenFlag.READ_ONLY));
    }

    @Override
    public @Nullable FuseLoop loop() {
        return null;
    }

    /** Does what is asked, and replies. @throws FileRefusal EINVAL for a range that no file can have */
    void run(FuseRequest request) {
        try {
            answer(request);
        } catch (IllegalArgumentException impossible) {
            throw new FileRefusal(Errno.EINVAL, String.valueOf(impossible.getMessage()));
        }
    }

    private void answer(FuseRequest request) {
        switch (request.opcode()) {
            case Opcode.READ -> read(request);
            case Opcode.WRITE -> write(request);
            case Opcode.FSYNC -> sync(request);
            case Opcode.FALLOCATE -> {
                file.fallocate(request.bodyInt(24), request.bodyLong(8), request.bodyLong(16));
                request.replyError(0);
            }
            case Opcode.LSEEK -> seek(request);
            default -> request.replyError(Errno.ENOSYS);
        }
    }

    private void read(FuseRequest request) {
        int bytes = Math.clamp(request.bodyInt(16), 0, FuseRequest.MAX_DATA_BYTES);
        request.reply(file.read(request.bodyLong(8), request.memory(), FuseRequest.data(), bytes));
    }

    private void write(FuseRequest request) {
        int bytes = request.bodyInt(16);
        if (!request.hasData(bytes)) {
            request.replyError(Errno.EINVAL);
            return;
        }
        file.write(request.bodyLong(8), request.memory(), FuseRequest.data(), bytes);
        request.reply(ReplyDescriptor.putSize(request.memory(), FuseRequest.data(), bytes));
    }

    private void sync(FuseRequest request) {
        file.fsync();
        request.replyError(0);
    }

    private void seek(FuseRequest request) {
        int whence = request.bodyInt(16);
        if (whence != LinuxFile.SEEK_DATA && whence != LinuxFile.SEEK_HOLE) {
            request.replyError(Errno.EINVAL);
            return;
        }
        long found = file.seek(request.bodyLong(8), whence);
        request.reply(ReplyDescriptor.putOffset(request.memory(), FuseRequest.data(), found));
    }

    void truncate(long bytes) {
        file.truncate(bytes);
    }

    @Override
    public void close() {
        file.close();
    }
}
