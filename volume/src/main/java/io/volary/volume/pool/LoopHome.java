package io.volary.volume.pool;

import io.volary.linux.EventLoop;
import io.volary.volume.VolumeException;
import io.volary.volume.family.EngineLoop;
import io.volary.volume.log.TailMemory;
import io.volary.volume.space.Background;
import java.time.Instant;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** An event loop as the engine uses it: its own part on it, and the ways onto it and away from it. */
final class LoopHome implements Background {
    private final EventLoop loop;
    private final EngineLoop engine;
    private final ExecutorService blocking;

    LoopHome(EventLoop loop, ExecutorService blocking, TailMemory tail, long cacheBytes, long bitmapBytes) {
        this.loop = loop;
        this.blocking = blocking;
        this.engine = new EngineLoop(
                tail,
                cacheBytes,
                bitmapBytes,
                System::nanoTime,
                LoopHome::wallMicros,
                (action, nanos) -> loop.schedule(nanos, action));
        this.<@Nullable Void>call(done -> {
            loop.add(engine);
            done.complete(null);
        });
    }

    EventLoop loop() {
        return loop;
    }

    EngineLoop engine() {
        return engine;
    }

    @Override
    public <T> void run(Callable<T> task, Outcome<T> outcome) {
        blocking.execute(() -> {
            try {
                T value = task.call();
                loop.execute(() -> outcome.done(value, null));
            } catch (RuntimeException e) {
                loop.execute(() -> outcome.done(null, e));
            } catch (Exception e) {
                loop.execute(() -> outcome.done(null, new IllegalStateException(e)));
            }
        });
    }

    /** Runs {@code action} on the loop and waits until it, or something that it began, has completed its argument. */
    <T extends @Nullable Object> T call(Consumer<CompletableFuture<T>> action) {
        var result = new CompletableFuture<T>();
        loop.execute(() -> {
            try {
                action.accept(result);
            } catch (RuntimeException | Error e) {
                result.completeExceptionally(e);
            }
        });
        return await(result);
    }

    /** Waits for a result; what was refused is thrown here. */
    static <T extends @Nullable Object> T await(CompletableFuture<T> result) {
        try {
            return result.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new VolumeException(VolumeException.Kind.BUSY, "interrupted while waiting for the engine", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof VolumeException refused) {
                throw refused;
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    /** Takes the engine's part off the loop. */
    void close() {
        this.<@Nullable Void>call(done -> {
            loop.remove(engine);
            done.complete(null);
        });
        engine.close();
    }

    private static long wallMicros() {
        var now = Instant.now();
        return now.getEpochSecond() * 1_000_000 + now.getNano() / 1000;
    }
}
