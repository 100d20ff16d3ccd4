package io.volary.volume.remote;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Code that blocks, in a simulation that is one thread: each has a thread of its own, and one of them all has its turn, until it blocks. Who
 * is next is for the simulation to say. So what happens is as repeatable as the simulation is.
 */
public final class Coroutines {
    private final Turns turns;
    private final Semaphore back = new Semaphore(0);
    private final Set<Coroutine> live = new LinkedHashSet<>();
    private @Nullable Coroutine running;
    private @Nullable Throwable failure;
    private boolean ended;

    /** The simulation, which runs turns one after the other, and has the time. */
    public interface Turns {
        void later(long delayNanos, Runnable turn);

        long nanos();
    }

    /** Their process is dead: thrown out of whatever blocks. */
    static final class Ended extends Error {
        private static final long serialVersionUID = 1;

        Ended() {
            super("this process is dead", null, false, false);
        }
    }

    static final class Coroutine {
        private final Runnable body;
        private final Semaphore go = new Semaphore(0);
        private boolean started;
        private @Nullable Object monitor;
        private boolean called;

        Coroutine(Runnable body) {
            this.body = body;
        }
    }

    public Coroutines(Turns turns) {
        this.turns = turns;
    }

    /** Runs a simulation where turns are given and taken without the kernel's help. */
    public static <T> T quickly(Supplier<T> simulation) {
        var task = new FutureTask<>(simulation::get);
        Thread.ofVirtual().name("simulation").start(task);
        try {
            return task.get();
        } catch (ExecutionException e) {
            throw rethrown(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Throws what was thrown elsewhere. */
    public static RuntimeException rethrown(@Nullable Throwable thrown) {
        switch (thrown) {
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case null, default -> throw new IllegalStateException(thrown);
        }
    }

    /** Has something begin soon. */
    public void start(Runnable body) {
        if (!ended) {
            var made = new Coroutine(body);
            live.add(made);
            wake(made);
        }
    }

    /** Has something run in a while that does not block. */
    void after(long nanos, Runnable action) {
        turns.later(nanos, () -> {
            if (!ended) {
                action.run();
            }
        });
    }

    long nanos() {
        return turns.nanos();
    }

    boolean ended() {
        return ended;
    }

    /** Whether who calls can block. */
    boolean inside() {
        return running != null;
    }

    Coroutine current() {
        Coroutine current = running;
        if (current == null) {
            throw new IllegalStateException("only a coroutine can block");
        }
        return current;
    }

    /** Gives the others their turns for a while; who is none of them cannot wait, and goes on. */
    void sleep(long nanos) {
        if (ended) {
            throw new Ended();
        }
        if (inside()) {
            Coroutine self = current();
            turns.later(nanos, () -> resume(self));
            park();
        }
    }

    /** Waits for {@link #wake}. */
    void park() {
        if (ended) {
            throw new Ended();
        }
        Coroutine self = current();
        back.release();
        self.go.acquireUninterruptibly();
        if (ended) {
            throw new Ended();
        }
    }

    void wake(Coroutine parked) {
        turns.later(0, () -> resume(parked));
    }

    /** As {@link #sleep}, for who has a monitor, which others get meanwhile. */
    void await(Object monitor, long nanos) throws InterruptedException {
        if (ended) {
            throw new Ended();
        }
        Coroutine self = current();
        turns.later(nanos, () -> resume(self));
        self.monitor = monitor;
        self.called = false;
        back.release();
        while (!self.called) {
            monitor.wait();
        }
        self.monitor = null;
        if (ended) {
            throw new Ended();
        }
    }

    private void resume(Coroutine next) {
        if (!live.contains(next)) {
            return;
        }
        running = next;
        call(next);
        back.acquireUninterruptibly();
        running = null;
        Throwable thrown = failure;
        failure = null;
        if (thrown != null) {
            throw rethrown(thrown);
        }
    }

    private void call(Coroutine next) {
        Object monitor = next.monitor;
        if (!next.started) {
            next.started = true;
            Thread.ofVirtual().start(() -> run(next));
        } else if (monitor == null) {
            next.go.release();
        } else {
            synchronized (monitor) { // it may be about to wait
                next.called = true;
                monitor.notifyAll();
            }
        }
    }

    private void run(Coroutine self) {
        try {
            if (!ended) {
                self.body.run();
            }
        } catch (Ended e) {
            // As it was asked to.
        } catch (Throwable e) {
            failure = ended ? null : e;
        }
        live.remove(self);
        back.release();
    }

    /** The process dies: nobody does anything any more. */
    public void end() {
        ended = true;
        while (!live.isEmpty()) {
            resume(live.iterator().next());
        }
    }
}
