package io.volary.export.fuse;

import io.volary.linux.Errno;
import io.volary.linux.EventLoop;
import io.volary.linux.LinuxException;
import java.io.UncheckedIOException;
import java.util.List;
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

    private final MountJournal journal;
    private final HandleTable handles;
    private final Map<EventLoop, FuseLoop> loops = new ConcurrentHashMap<>();
    private final ExecutorService blocking;
    private final Operations operations;
    private final FuseReader reader;

    Dispatcher(FuseChannel channel, FileTree tree, String mountPoint, MountJournal journal, Runnable onEnd) {
        this(
                channel,
                tree,
                mountPoint,
                journal,
                onEnd,
                Executors.newFixedThreadPool(
                        BLOCKING_THREADS,
                        Thread.ofPlatform().name("mount-", 0).daemon().factory()));
    }

    /** @param blocking runs what blocks, and is this object's from now on */
    Dispatcher(
            FuseChannel channel,
            FileTree tree,
            String mountPoint,
            MountJournal journal,
            Runnable onEnd,
            ExecutorService blocking) {
        this.blocking = blocking;
        this.journal = journal;
        handles = new HandleTable(lost(journal), journal.lastHandle());
        operations = new Operations(this, tree, mountPoint, journal);
        reader = new FuseReader(channel, this, onEnd);
    }

    private static List<LostHandle> lost(MountJournal journal) {
        return journal.opened().entrySet().stream()
                .map(opened -> new LostHandle(opened.getKey(), opened.getValue()))
                .toList();
    }

    /**
     * Opens the volumes again that were open at a server before, and holds those that were held: before somebody else holds, deletes
     * or replaces them. Blocks.
     */
    void openVolumesAgain() {
        for (Handle handle : handles.all()) {
            if (handle instanceof LostHandle lost && operations.isOfVolume(lost)) {
                try {
                    operations.openAgain(lost);
                } catch (FileRefusal e) {
                    LOG.warn("a file that was open cannot be opened again: {}", e.getMessage());
                }
            }
        }
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
                if (!request.hasBody(bodyBytes(request.opcode()))) {
                    request.replyError(Errno.EINVAL);
                    return;
                }
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
            case Opcode.INTERRUPT -> request.end(); // what takes long, such as a copying rename, is not left half done
            case Opcode.DESTROY -> request.replyError(0);
            default -> block(request, operations::run);
        }
    }

    /** What a request for a file has behind its header, before its data: what answers it asks no more for that. */
    private static int bodyBytes(int opcode) {
        return switch (opcode) {
            case Opcode.FSYNC -> 16;
            case Opcode.LSEEK, Opcode.RELEASE -> 24;
            case Opcode.FALLOCATE -> 32;
            default -> 40;
        };
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
        } else if (request.opcode() == Opcode.RELEASE) {
            closed(request.bodyLong(0));
            request.replyError(0);
        } else if (handle instanceof LostHandle lost) {
            block(request, _ -> startAgain(request, lost));
        } else {
            request.replyError(handle == null ? Errno.EBADF : Errno.EISDIR);
        }
    }

    private void startAgain(FuseRequest request, LostHandle lost) {
        Handle opened = operations.openAgain(lost);
        FuseLoop loop = opened == null ? null : opened.loop();
        if (loop != null) {
            loop.hand(request);
        } else {
            start(request, opened);
        }
    }

    private void close(FuseRequest request, PlainHandle plain) {
        closed(request.bodyLong(0));
        plain.close();
        request.replyError(0);
    }

    /** The number is nobody's any more. */
    void closed(long number) {
        journal.closed(number);
        handles.remove(number);
    }

    /** A file has taken its volume, and holds it until it is closed, whoever serves it. */
    void held(long number) {
        journal.held(number);
    }

    /** Has a thread answer it that may block. */
    private void block(FuseRequest request, Consumer<FuseRequest> answer) {
        try {
            blocking.execute(() -> answer(request, answer));
        } catch (RejectedExecutionException closing) {
            request.replyError(Errno.EIO);
        }
    }

    private void answer(FuseRequest request, Consumer<FuseRequest> answer) {
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

    /** A volume's file is closed; {@code grown} is its name if it has become longer. */
    void released(FuseRequest release, boolean written, @Nullable String grown) {
        if (written) {
            operations.written(release);
        }
        closed(release.bodyLong(0));
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
