package io.volary.volume.remote;

import io.volary.volume.store.StoreException;
import io.volary.volume.store.StoreException.Kind;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** A {@link SimulatedBucket} as one process sees it: calls take a while, and fail before they have their effect, after that, or long before. */
final class SimulatedObjectStore implements ObjectStore {
    private final SimulatedBucket bucket;
    private final Coroutines coroutines;
    private final Tenancy tenancy;
    private final BooleanSupplier dead;
    private int changesUntilDeath = Integer.MAX_VALUE;

    /** @param dead whether the process is, though it does not know yet */
    SimulatedObjectStore(SimulatedBucket bucket, Coroutines coroutines, Tenancy tenancy, BooleanSupplier dead) {
        this.bucket = bucket;
        this.coroutines = coroutines;
        this.tenancy = tenancy;
        this.dead = dead;
    }

    /** The process dies at the {@code nth} (from 1) put or delete from now on, before or after that has its effect. */
    void dieAt(int nth) {
        changesUntilDeath = nth;
    }

    /** Whether it has come to where it dies. */
    boolean died() {
        return changesUntilDeath <= 0;
    }

    private void live() {
        if (died() || dead.getAsBoolean()) {
            throw new Coroutines.Ended();
        }
    }

    private <T> T call(String what, Supplier<T> effect) {
        live();
        coroutines.sleep(bucket.delay());
        live();
        if (bucket.isAway(coroutines.nanos())) {
            coroutines.sleep(bucket.timeout());
            throw new StoreException(Kind.IO_ERROR, what + ": the store is away");
        }
        if (bucket.fails()) {
            throw new StoreException(Kind.IO_ERROR, what + " failed");
        }
        T result = effect.get();
        coroutines.sleep(bucket.delay());
        if (bucket.fails()) {
            throw new StoreException(Kind.IO_ERROR, "the reply to " + what + " was lost");
        }
        return result;
    }

    /** What is changed may be changed though nobody hears of it. */
    private void change(String what, Runnable effect) {
        live();
        changesUntilDeath -= changesUntilDeath == Integer.MAX_VALUE ? 0 : 1;
        if (died()) {
            bucket.later(effect);
            throw new Coroutines.Ended();
        }
        var done = new boolean[1];
        Runnable once = () -> {
            if (!done[0]) {
                done[0] = true;
                effect.run();
            }
        };
        try {
            if (bucket.fails()) {
                bucket.later(once);
                throw new StoreException(Kind.IO_ERROR, what + " failed, and goes on");
            }
            call(what, () -> {
                once.run();
                return true;
            });
        } catch (Coroutines.Ended e) {
            bucket.later(once);
            throw e;
        }
    }

    @Override
    public void put(String name, MemorySegment content) {
        if (!tenancy.holds()) {
            bucket.violated(name + " was put by who does not own the family");
        }
        byte[] copy = content.toArray(ValueLayout.JAVA_BYTE);
        change("put of " + name, () -> bucket.put(name, copy));
    }

    @Override
    public boolean claim(String name) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void get(String name, long offset, MemorySegment into) {
        byte[] content = call("get of " + name, () -> {
            byte[] there = bucket.content(name);
            return there == null ? new byte[0] : there;
        });
        if (content.length == 0) {
            throw new StoreException(Kind.NOT_FOUND, "there is no object " + name);
        }
        if (content.length - offset < into.byteSize()) {
            throw new StoreException(Kind.IO_ERROR, name + " ends before " + (offset + into.byteSize()));
        }
        into.copyFrom(MemorySegment.ofArray(content).asSlice(offset, into.byteSize()));
    }

    @Override
    public List<Stored> list(String prefix) {
        return call("list of " + prefix, () -> bucket.list(prefix));
    }

    @Override
    public void delete(String name) {
        change("delete of " + name, () -> bucket.delete(name));
    }

    @Override
    public RequestCounts requests() {
        return new RequestCounts(0, 0, 0, 0, 0, 0);
    }

    @Override
    public void close() {}
}
