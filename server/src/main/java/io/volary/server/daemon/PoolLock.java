package io.volary.server.daemon;

import io.volary.server.view.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.locks.LockSupport;

/**
 * The right to be a vPool's only daemon: a lock on a file that holds the owner's process id. The kernel takes it away
 * when the process dies, however it dies, so the file itself stays where it is.
 */
public final class PoolLock implements AutoCloseable {
    private static final int OWNER_TRIES = 100;
    private static final long OWNER_PAUSE_NANOS = 10_000_000;

    private final FileChannel channel;

    private PoolLock(FileChannel channel) {
        this.channel = channel;
    }

    /** Takes the lock. @throws DaemonException naming the other daemon, if there is one */
    public static PoolLock acquire(PoolDirectory directory) {
        try {
            var channel = open(directory.lock());
            if (!tryLock(channel)) {
                var owner = readOwner(channel);
                channel.close();
                throw new DaemonException("vPool " + directory.path() + " is in use by the daemon with pid " + owner
                        + "; stop that one first: volary --pool " + directory.path() + " stop");
            }
            writeOwner(channel);
            return new PoolLock(channel);
        } catch (IOException e) {
            throw new DaemonException(
                    "vPool " + directory.path() + ": lock " + directory.lock() + " failed: " + Reason.of(e));
        }
    }

    private static FileChannel open(Path file) throws IOException {
        return FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    private static boolean tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            return false; // another daemon inside this very process, as in tests
        }
    }

    /** The owner writes who it is when it has the lock, which may be a moment ago. */
    private static String readOwner(FileChannel channel) throws IOException {
        String owner = readText(channel);
        for (int tries = 0; owner.isEmpty() && tries < OWNER_TRIES; tries++) {
            LockSupport.parkNanos(OWNER_PAUSE_NANOS);
            owner = readText(channel);
        }
        return owner.isEmpty() ? "unknown" : owner;
    }

    private static String readText(FileChannel channel) throws IOException {
        var buffer = ByteBuffer.allocate(32);
        channel.read(buffer, 0);
        return new String(buffer.array(), 0, buffer.position(), StandardCharsets.US_ASCII).trim();
    }

    private static void writeOwner(FileChannel channel) throws IOException {
        channel.truncate(0);
        var text = ProcessHandle.current().pid() + "\n";
        channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)), 0);
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new DaemonException("the vPool's lock could not be given back: " + Reason.of(e));
        }
    }
}
