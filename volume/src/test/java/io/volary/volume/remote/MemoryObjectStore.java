package io.volary.volume.remote;

import io.volary.volume.store.StoreException;
import io.volary.volume.store.StoreException.Kind;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.SortedMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.ToLongFunction;

/** An object store in memory. */
public final class MemoryObjectStore implements ObjectStore {
    private final ConcurrentSkipListMap<String, byte[]> objects = new ConcurrentSkipListMap<>();
    private final RequestTally tally = new RequestTally();

    @Override
    public void put(String name, MemorySegment content) {
        tally.put(content.byteSize());
        byte[] copy = content.toArray(ValueLayout.JAVA_BYTE);
        synchronized (objects) {
            objects.putIfAbsent(name, copy);
        }
    }

    @Override
    public boolean claim(String name) {
        tally.put(0);
        synchronized (objects) {
            return objects.putIfAbsent(name, new byte[0]) == null;
        }
    }

    @Override
    public void get(String name, long offset, MemorySegment into) {
        tally.get();
        byte[] content = objects.get(name);
        if (content == null) {
            throw new StoreException(Kind.NOT_FOUND, "there is no object " + name);
        }
        if (offset < 0 || content.length - offset < into.byteSize()) {
            throw new StoreException(
                    Kind.IO_ERROR,
                    "object %s has %d bytes: none are %d at %d"
                            .formatted(name, content.length, into.byteSize(), offset));
        }
        tally.received(into.byteSize());
        into.copyFrom(MemorySegment.ofArray(content).asSlice(offset, into.byteSize()));
    }

    @Override
    public List<Stored> list(String prefix) {
        tally.list();
        return list(objects, prefix, content -> content.length);
    }

    /** Those of some objects whose names begin so. */
    static <T> List<Stored> list(SortedMap<String, T> objects, String prefix, ToLongFunction<T> bytes) {
        return objects.tailMap(prefix).entrySet().stream()
                .takeWhile(entry -> entry.getKey().startsWith(prefix))
                .map(entry -> new Stored(entry.getKey(), bytes.applyAsLong(entry.getValue())))
                .toList();
    }

    @Override
    public void delete(String name) {
        tally.delete();
        synchronized (objects) {
            objects.remove(name);
        }
    }

    /** Another store with what this one has at the moment. */
    public MemoryObjectStore copy() {
        var copy = new MemoryObjectStore();
        synchronized (objects) {
            copy.objects.putAll(objects);
        }
        return copy;
    }

    @Override
    public RequestCounts requests() {
        return tally.counts();
    }

    @Override
    public void close() {}
}
