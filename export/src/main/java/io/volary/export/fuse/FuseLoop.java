package io.volary.export.fuse;

import io.volary.linux.EventLoop;
import io.volary.linux.LoopTask;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A mount on one event loop: the open volumes that live there, requests for them that others have read, and, on one loop at a
 * time, the reading. Confined to the loop's thread, but for {@link #hand}.
 */
final class FuseLoop implements LoopTask {
    private final EventLoop loop;
    private final Dispatcher dispatcher;
    private final RequestPool.RequestStack incoming = new RequestPool.RequestStack();
    private final List<VolumeHandle> awake = new ArrayList<>();
    private @Nullable FuseReader reader;

    FuseLoop(EventLoop loop, Dispatcher dispatcher) {
        this.loop = loop;
        this.dispatcher = dispatcher;
    }

    EventLoop loop() {
        return loop;
    }

    Dispatcher dispatcher() {
        return dispatcher;
    }

    /** Has this loop read the kernel's requests from now on. */
    void read(FuseReader newReader) {
        reader = newReader;
    }

    /** Gives the loop a request that another one has read. From any thread. */
    void hand(FuseRequest request) {
        if (incoming.push(request)) {
            loop.io().wakeup();
        }
    }

    @Override
    public int doWork() {
        int work = takeIncoming();
        if (reader != null) {
            work += reader.read(this);
        }
        return work + workOnAwake();
    }

    private int takeIncoming() {
        int work = 0;
        for (FuseRequest request = incoming.takeAllInOrder(); request != null; work++) {
            FuseRequest next = request.next;
            request.next = null;
            dispatcher.start(request);
            request = next;
        }
        return work;
    }

    private int workOnAwake() {
        int work = 0;
        for (int i = awake.size() - 1; i >= 0; i--) {
            VolumeHandle handle = awake.get(i);
            work += handle.doWork();
            if (handle.rest()) {
                VolumeHandle last = awake.removeLast();
                if (i < awake.size()) {
                    awake.set(i, last);
                }
            }
        }
        return work;
    }

    @Override
    public boolean prepareToSleep() {
        if (!incoming.isEmpty()) {
            return true;
        }
        if (reader != null) {
            reader.rest(loop.io());
        }
        return false;
    }

    /** Asks for a turn of {@code handle} in the coming passes. */
    void wake(VolumeHandle handle) {
        awake.add(handle);
    }

    /** Gives the reading to another loop. */
    void passReading(FuseLoop other) {
        FuseReader passed = reader;
        if (passed != null) {
            reader = null;
            other.loop.execute(() -> other.read(passed));
        }
    }

    /** Nobody reads any more. */
    void stopReading() {
        reader = null;
    }
}
