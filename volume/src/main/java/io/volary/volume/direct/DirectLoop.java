package io.volary.volume.direct;

import io.volary.block.Completion;
import io.volary.linux.EventLoop;
import java.util.ArrayDeque;
import java.util.concurrent.Executor;

/**
 * What the direct volumes of an event loop share: the transfers, of which there are so many, with their memory. Requests that wait for one
 * get theirs in turn, one at a time, so that a long one holds nobody up. Confined to the loop, but for the constructor.
 */
public final class DirectLoop {
    /** How many are under way at most. Their memory is taken from the system when it is first used. */
    static final int TRANSFERS = 32;

    private final EventLoop loop;
    private final Executor threads;
    private final ArrayDeque<DirectTransfer> free = new ArrayDeque<>(TRANSFERS);
    private final ArrayDeque<DirectRequest> waiting = new ArrayDeque<>();

    /** @param threads what blocks runs there; it takes whatever comes */
    public DirectLoop(EventLoop loop, Executor threads) {
        this.loop = loop;
        this.threads = threads;
        for (int i = 0; i < TRANSFERS; i++) {
            free.add(new DirectTransfer(this));
        }
    }

    /** Makes an image at least {@code bytes} long; {@code done} hears of it on the loop. */
    public void extend(DirectImage image, long bytes, Completion done) {
        threads.execute(() -> {
            var status = image.extend(bytes);
            loop.execute(() -> done.complete(status));
        });
    }

    /** Starts what there is to start of a request, now or when others have ended. */
    void start(DirectRequest request) {
        waiting.add(request);
        startWaiting();
    }

    private void startWaiting() {
        while (!waiting.isEmpty() && !free.isEmpty()) {
            DirectRequest request = waiting.remove();
            if (request.hasMore()) {
                DirectTransfer transfer = free.pop();
                request.startNext(transfer);
                threads.execute(transfer);
            }
            if (request.hasMore()) {
                waiting.add(request);
            } else {
                request.allStarted();
            }
        }
    }

    /** From a transfer's thread. */
    void endLater(Runnable ended) {
        loop.execute(ended);
    }

    void giveBack(DirectTransfer transfer) {
        free.push(transfer);
        startWaiting();
    }
}
