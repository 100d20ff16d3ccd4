package io.volary.export.fuse;

import io.volary.linux.Errno;
import io.volary.linux.EventLoop;
import io.volary.linux.LinuxException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives each request to who answers it: what is asked of a volume's data to the volume's loop, what blocks to threads of the
 * mount. Any thread.
 */
final class Dispatcher implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);

    /** Threads for names, attributes and small files. A rename that copies keeps one of them for long. */
    private static final int BLOCKING_THREADS = 4;

    private final HandleTable handles = new HandleTable();
    private final Map<EventLoop, FuseLoop> loops = new ConcurrentHashMap<>();
    private final ExecutorService blocking = Executors.newFixedThreadPool(
            BLOCKING_THREADS, Thread.ofPlatform().name("mount-", 0).daemon().factory());
    private final Operations operations;
    private final FuseReader reader;

    Dispatcher(FuseChannel channel, FileTree tree, String mountPoint, Runnable onEnd) {
        operations = new Operations(this, tree, mountPoint);
        reader = new FuseReader(channel, this, onEnd);
    }

    FuseReader reader() {
        return reader;
    }

    HandleTable handles() {
        return handles;
    }

    /** The mount on {@code loop}, from now on. */
    FuseLoop on(EventLoop loop) {
        return loops.computeIfAbsent(loop, _ -> {
            var made = new FuseLoop(loop, this);
            loop.execute(() -> loop.add(made));
            return made;
        });
    }

    Iterable<FuseLoop> loops() {
        return loops.values();
    }

    /** A request has come from the kernel, on loop {@code here}. */
    void received(FuseRequest request, FuseLoop here) {
        switch (request.opcode()) {
            case Opcode.READ, Opcode.WRITE, Opcode.FSYNC, Opcode.FALLOCATE, Opcode.LSEEK, Opcode.RELEASE -> {
                Handle handle = handles.find(request.bodyLong(0));
                FuseLoop target = handle == null ? null : handle.loop();
                if (target != null) {
                    reader.sentTo(target, here);
                    if (target != here) {
                        target.hand(request);
                        return;
                    }
                }
                start(request, handle);
            }
            case Opcode.INIT -> Negotiation.answer(request);
            case Opcode.INTERRUPT ->
                request.end(); // nothing takes long but a copying rename, which is not left half done
            case Opcode.DESTROY -> request.replyError(0);
            default -> block(request, operations::run);
        }
    }

    /** Begins a request for a volume of the calling loop. */
    void start(FuseRequest request) {
        start(request, handles.find(request.bodyLong(0)));
    }

    private void start(FuseRequest request, @Nullable Handle handle) {
        if (handle instanceof VolumeHandle volume) { // nearly always, and a switch over types is no cheap thing
            volume.start(request);
        } else if (handle instanceof PlainHandle plain) {
            block(request, request.opcode() == Opcode.RELEASE ? _ -> close(request, plain) : plain::run);
        } else {
            request.replyError(handle == null ? Errno.EBADF : Errno.EISDIR);
        }
    }

    private void close(FuseRequest request, PlainHandle plain) {
        handles.remove(request.bodyLong(0));
        plain.close();
        request.replyError(0);
    }

    /** Has a thread answer it that may block. */
    private void block(FuseRequest request, Consumer<FuseRequest> answer) {
        try {
            blocking.execute(() -> answer(request, answer));
        } catch (RejectedExecutionException closing) {
            request.replyError(Errno.EIO);
        }
    }

    private static void answer(FuseRequest request, Consumer<FuseRequest> answer) {
        int opcode = request.opcode();
        try {
            answer.accept(request);
        } catch (FileRefusal e) {
            LOG.debug("request {} of the mount: {}", opcode, e.getMessage());
            request.replyError(e.errno());
        } catch (LinuxException e) {
            LOG.debug("request {} of the mount: {}", opcode, e.getMessage());
            request.replyError(e.errno());
        } catch (UncheckedIOException e) {
            LOG.warn("request {} of the mount: {}", opcode, String.valueOf(e.getCause()));
            request.replyError(Errno.EIO);
        } catch (RuntimeException e) {
            LOG.error("request {} of the mount", opcode, e);
            request.replyError(Errno.EIO);
        }
    }

    /** A volume's file with that number is closed; {@code grown} is its name if it has become longer. */
    void released(long number, @Nullable String grown) {
        handles.remove(number);
        if (grown != null) {
            try {
                blocking.execute(() -> operations.grown(grown));
            } catch (RejectedExecutionException closing) {
                LOG.debug("{}: nobody is told that it has become longer: the mount is closing", grown);
            }
        }
    }

    /** Waits for what is under way on the threads that block. */
    @Override
    public void close() {
        blocking.close();
    }
}
