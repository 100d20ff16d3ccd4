package io.volary.store.orangefs;

import io.volary.linux.DescriptorSocket;
import io.volary.linux.LinuxException;
import io.volary.linux.SharedDescriptor;
import io.volary.store.orangefs.child.MessageStream;
import io.volary.store.orangefs.child.Reply;
import io.volary.store.orangefs.child.Request;
import io.volary.store.orangefs.child.SharedPieces;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * One child, from its start to its end, with the memory shared with it. When it ends, or does not answer in time, all that it was asked fails, and it is of no more
 * use. Any thread may ask.
 */
final class ChildConnection implements AutoCloseable {
    private static final long READY = 0;

    private final ChildProcess process;
    private final MessageStream messages;
    private final Patience patience;
    private final MemorySegment shared;
    private final Map<Long, CompletableFuture<Reply>> waiting = new ConcurrentHashMap<>();
    private final Semaphore room = new Semaphore(Request.MAX_OUTSTANDING);
    private final FreePieces pieces = new FreePieces();
    private final AtomicLong ids = new AtomicLong(READY);
    private volatile @Nullable String lost;

    private ChildConnection(ChildProcess process, Patience patience) {
        this.process = process;
        this.patience = patience;
        messages = new MessageStream(process.socket(), Reply.HEAD_BYTES, Reply.MAX_BYTES, Request.MAX_BYTES);
        shared = shareMemory(process);
    }

    /**
     * Starts a child.
     *
     * @throws ChildLostException if there is none in time
     * @throws LibraryException if it has no library
     */
    static ChildConnection start(ChildCommand command, OrangeFsSettings settings, Patience patience) {
        var deadline = new Deadline(patience.startMillis());
        ChildProcess process = ChildProcess.start(command, settings, deadline);
        ChildConnection connection;
        try {
            connection = new ChildConnection(process, patience);
        } catch (RuntimeException e) {
            process.close();
            throw e;
        }
        connection.awaitReady(deadline);
        return connection;
    }

    private void awaitReady(Deadline deadline) {
        var ready = new CompletableFuture<Reply>();
        waiting.put(READY, ready);
        Thread.ofPlatform().daemon().name("orangefs-replies").start(this::takeReplies);
        try {
            await(ready, deadline);
        } catch (LibraryException e) {
            lose("it has no library");
            throw e;
        }
    }

    /** Unmapped when nobody can reach it any more: who copies when the child is lost may go on. */
    private static MemorySegment shareMemory(ChildProcess process) {
        try (SharedDescriptor memory = SharedDescriptor.memory("volary-orangefs", SharedPieces.BYTES, true)) {
            MemorySegment nothing = Arena.ofAuto().allocate(1);
            int sent = new DescriptorSocket(process.socket()).send(nothing, 0, 1, memory.fd());
            if (sent != 1) {
                throw new ChildLostException("its process cannot be sent memory");
            }
            return memory.map(Arena.ofAuto(), 0, SharedPieces.BYTES);
        }
    }

    private void takeReplies() {
        String reason = "";
        try {
            ByteBuffer message = messages.receive();
            while (message != null) {
                end(Reply.decode(message));
                message = messages.receive();
            }
        } catch (LinuxException | IllegalArgumentException e) {
            reason = e + "; ";
            process.kill();
        }
        lose(reason + process.ending());
        messages.end(process::close);
    }

    private void end(Reply reply) {
        CompletableFuture<Reply> asked = waiting.remove(reply.id());
        if (asked == null) {
            throw new IllegalArgumentException("a reply to nothing");
        }
        if (reply.id() != READY) {
            room.release();
        }
        asked.complete(reply);
    }

    /** Asks for something, whose end {@link #await} tells. */
    CompletableFuture<Reply> ask(Request request, Deadline deadline) {
        if (!acquireRoom(deadline)) {
            lose("its process did not answer in time");
        }
        var asked = new CompletableFuture<Reply>();
        Request numbered = request.withId(ids.incrementAndGet());
        waiting.put(numbered.id(), asked);
        if (lost != null) {
            asked.completeExceptionally(new ChildLostException(String.valueOf(lost)));
            return asked;
        }
        try {
            messages.send(numbered::encode);
        } catch (LinuxException | IllegalStateException e) {
            lose("its process ended: " + e.getMessage());
        }
        return asked;
    }

    private boolean acquireRoom(Deadline deadline) {
        try {
            long millis = Math.min(patience.requestMillis(), deadline.remainingMillis());
            return room.tryAcquire(millis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ChildLostException("interrupted");
        }
    }

    /**
     * Waits for a reply. One that does not come in time is the child's end: what it does late must not meet memory that is used for
     * something else.
     *
     * @throws LibraryException if it is a refusal
     * @throws ChildLostException if there is none
     */
    Reply await(CompletableFuture<Reply> asked, Deadline deadline) {
        try {
            long millis = Math.min(patience.requestMillis(), deadline.remainingMillis());
            Reply reply = asked.get(millis, TimeUnit.MILLISECONDS);
            if (reply.errno() != 0) {
                throw new LibraryException(reply.errno(), reply.reason());
            }
            return reply;
        } catch (TimeoutException _) {
            throw new ChildLostException(lose("its process did not answer in time"));
        } catch (InterruptedException _) {
            String reason = lose("interrupted");
            Thread.currentThread().interrupt();
            throw new ChildLostException(reason);
        } catch (ExecutionException e) {
            throw new ChildLostException(String.valueOf(lost));
        }
    }

    /** @return why it was lost, which may be another reason, if it was before */
    private String lose(String reason) {
        synchronized (waiting) {
            if (lost == null) {
                lost = reason;
            }
        }
        String why = String.valueOf(lost);
        process.kill();
        process.socket().shutdown();
        room.release(Request.MAX_OUTSTANDING);
        waiting.values().forEach(asked -> asked.completeExceptionally(new ChildLostException(why)));
        waiting.clear();
        return why;
    }

    boolean isLost() {
        return lost != null;
    }

    /** Pieces of the shared memory, to be had before READ or WRITE, and given back after the reply. */
    FreePieces pieces() {
        return pieces;
    }

    /** The memory of a piece. */
    MemorySegment memory(int piece, int bytes) {
        return shared.asSlice((long) piece * SharedPieces.PIECE_BYTES, bytes);
    }

    long pid() {
        return process.pid();
    }

    @Override
    public void close() {
        lose("the store is closed");
    }
}
