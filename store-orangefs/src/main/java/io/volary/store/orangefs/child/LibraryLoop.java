package io.volary.store.orangefs.child;

import io.volary.linux.Errno;
import io.volary.linux.pvfs.DirectoryPage;
import io.volary.linux.pvfs.PvfsException;
import io.volary.linux.pvfs.PvfsFileSystem;
import io.volary.linux.pvfs.PvfsLibrary;
import io.volary.linux.pvfs.PvfsReference;
import io.volary.linux.pvfs.PvfsTransfers;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Does what is asked, one after the other, with reads and writes going on beside; the thread that runs it makes every native call. */
final class LibraryLoop {
    private static final int POLL_MILLIS = 1;

    private final PvfsLibrary library;
    private final String server;
    private final String fileSystem;
    private final MemorySegment shared;
    private final Consumer<Reply> replies;
    private final BlockingQueue<Request> requests = new ArrayBlockingQueue<>(Request.MAX_OUTSTANDING);
    private @Nullable PvfsFileSystem mounted;

    LibraryLoop(PvfsLibrary library, String server, String fileSystem, MemorySegment shared, Consumer<Reply> replies) {
        this.library = library;
        this.server = server;
        this.fileSystem = fileSystem;
        this.shared = shared;
        this.replies = replies;
    }

    /** From any thread. False if more is asked than may be. */
    boolean offer(Request request) {
        return requests.offer(request);
    }

    void run() throws InterruptedException {
        while (true) {
            boolean idle = mounted == null || mounted.transfers().inFlight() == 0;
            boolean full = !idle && mounted != null && mounted.transfers().inFlight() == PvfsTransfers.MAX_IN_FLIGHT;
            Request request = idle ? requests.take() : full ? null : requests.poll();
            if (request != null) {
                serve(request);
            }
            if (mounted != null) {
                mounted.transfers().poll(request == null ? POLL_MILLIS : 0, this::transferred);
            }
        }
    }

    private void transferred(long id, long bytes) {
        replies.accept(bytes >= 0 ? Reply.of(id, bytes) : failure(id, "transfer", (int) -bytes));
    }

    private static Reply failure(long id, String what, int errno) {
        return Reply.failure(id, errno, what + ": " + Errno.describe(errno));
    }

    private void serve(Request request) {
        try {
            Reply reply = reply(request);
            if (reply != null) {
                replies.accept(reply);
            }
        } catch (PvfsException e) {
            replies.accept(Reply.failure(request.id(), e.errno(), String.valueOf(e.getMessage())));
        } catch (IllegalArgumentException e) {
            replies.accept(Reply.failure(request.id(), Errno.EINVAL, String.valueOf(e.getMessage())));
        }
    }

    /** Null if it comes later. */
    private @Nullable Reply reply(Request request) {
        PvfsFileSystem files = mounted();
        PvfsReference reference = files.reference(request.handle());
        String name = request.name();
        return switch (request.operation()) {
            case LOOKUP -> handle(request, files.lookup(name));
            case CREATE -> handle(request, files.create(reference, name));
            case MAKE_DIRECTORY -> handle(request, files.makeDirectory(reference, name));
            case SIZE -> Reply.of(request.id(), files.size(reference));
            case LIST -> page(request, files.list(reference, request.offset(), DirectoryPage.MAX_ENTRIES));
            case REMOVE -> done(request, () -> files.remove(reference, name));
            case RENAME -> done(request, () -> files.rename(reference, name, request.newName()));
            case TRUNCATE -> done(request, () -> files.truncate(reference, request.offset()));
            case FLUSH -> done(request, () -> files.flush(reference));
            case READ -> {
                files.transfers().read(reference, request.offset(), piece(request), request.id());
                yield null;
            }
            case WRITE -> {
                files.transfers().write(reference, request.offset(), piece(request), request.id());
                yield null;
            }
        };
    }

    private PvfsFileSystem mounted() {
        if (mounted == null) {
            mounted = library.mount(server, fileSystem);
        }
        return mounted;
    }

    private MemorySegment piece(Request request) {
        return shared.asSlice((long) request.piece() * SharedPieces.PIECE_BYTES, request.bytes());
    }

    private static Reply handle(Request request, PvfsReference reference) {
        return Reply.of(request.id(), reference.handle());
    }

    private static Reply page(Request request, DirectoryPage page) {
        return new Reply(0, request.id(), page.next(), page.entries());
    }

    private static Reply done(Request request, Runnable call) {
        call.run();
        return Reply.of(request.id(), 0);
    }
}
