package io.volary.volume.remote;

import io.volary.volume.store.StoreException;
import io.volary.volume.store.StoreException.Kind;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.Consumer;

/** A store that is asked, before each call, whether it shall fail, as in {@code "list claims/"}. */
final class FailingObjectStore implements ObjectStore {
    private final ObjectStore store;
    private Consumer<String> before = call -> {};
    private Runnable afterList = () -> {};

    FailingObjectStore(ObjectStore store) {
        this.store = store;
    }

    void before(Consumer<String> action) {
        before = action;
    }

    /** Is run between a list and its reply. */
    void afterList(Runnable action) {
        afterList = action;
    }

    /** Has calls fail that begin so. */
    void fail(String prefix) {
        before(call -> {
            if (call.startsWith(prefix)) {
                throw new StoreException(Kind.IO_ERROR, call + ": the store is away");
            }
        });
    }

    @Override
    public void put(String name, MemorySegment content) {
        before.accept("put " + name);
        store.put(name, content);
    }

    @Override
    public boolean claim(String name) {
        before.accept("claim " + name);
        return store.claim(name);
    }

    @Override
    public void get(String name, long offset, MemorySegment into) {
        before.accept("get " + name);
        store.get(name, offset, into);
    }

    @Override
    public List<Stored> list(String prefix) {
        before.accept("list " + prefix);
        List<Stored> listed = store.list(prefix);
        afterList.run();
        return listed;
    }

    @Override
    public void delete(String name) {
        before.accept("delete " + name);
        store.delete(name);
    }

    @Override
    public RequestCounts requests() {
        return store.requests();
    }

    @Override
    public void close() {}
}
