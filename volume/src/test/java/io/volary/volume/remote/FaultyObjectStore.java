package io.volary.volume.remote;

import io.volary.volume.store.StoreException;
import io.volary.volume.store.StoreException.Kind;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;

/**
 * An object store as one simulated process sees it: calls take a while before and after they have their effect, or fail before it,
 * after it, or long before it.
 */
final class FaultyObjectStore implements ObjectStore {
    private static final long LATE_NANOS = 30_000_000_000L;

    private final ObjectStore store;
    private final SimulatedOwner process;
    private final Baton baton;
    private final Random random;

    FaultyObjectStore(ObjectStore store, SimulatedOwner process, Baton baton, Random random) {
        this.store = store;
        this.process = process;
        this.baton = baton;
        this.random = random;
    }

    private <T> T call(String what, Supplier<T> effect) {
        process.delay();
        if (process.partitioned() || process.faulty(0.04)) {
            throw new StoreException(Kind.IO_ERROR, what + " failed");
        }
        if (process.faulty(0.02)) {
            baton.start((long) (random.nextDouble() * LATE_NANOS), () -> nobodyHears(effect));
            throw new StoreException(Kind.IO_ERROR, what + " failed, and goes on");
        }
        T result = effect.get();
        process.delay();
        if (process.partitioned() || process.faulty(0.04)) {
            throw new StoreException(Kind.IO_ERROR, "the reply to " + what + " was lost");
        }
        return result;
    }

    private static void nobodyHears(Supplier<?> effect) {
        try {
            var _ = effect.get();
        } catch (StoreException e) {
            // The caller has had its failure.
        }
    }

    @Override
    public void put(String name, MemorySegment content) {
        MemorySegment copy = MemorySegment.ofArray(content.toArray(ValueLayout.JAVA_BYTE));
        call("put of " + name, () -> {
            store.put(name, copy);
            process.hasPut(name);
            return true;
        });
    }

    @Override
    public boolean claim(String name) {
        return call("claim of " + name, () -> {
            boolean claimed = store.claim(name);
            process.hasClaimed();
            return claimed;
        });
    }

    @Override
    public void get(String name, long offset, MemorySegment into) {
        byte[] content = call("get of " + name, () -> {
            byte[] bytes = new byte[(int) into.byteSize()];
            store.get(name, offset, MemorySegment.ofArray(bytes));
            return bytes;
        });
        into.copyFrom(MemorySegment.ofArray(content));
    }

    @Override
    public List<Stored> list(String prefix) {
        List<Stored> listed = call("list of " + prefix, () -> store.list(prefix));
        if (prefix.startsWith("fences/" + process.self().server())) {
            process.delayRenewal();
        }
        return listed;
    }

    @Override
    public void delete(String name) {
        call("delete of " + name, () -> {
            store.delete(name);
            return true;
        });
    }

    @Override
    public RequestCounts requests() {
        return store.requests();
    }

    @Override
    public void close() {}
}
