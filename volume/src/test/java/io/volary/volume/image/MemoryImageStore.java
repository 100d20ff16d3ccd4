package io.volary.volume.image;

import io.volary.volume.image.ImageException.Kind;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongConsumer;

/** Images in memory, which stores share that are made with the same map. */
public final class MemoryImageStore implements ImageStore {
    private final Map<String, byte[]> files;
    private LongConsumer trouble = call -> {};
    private long calls;
    private int flushes;

    public MemoryImageStore() {
        this(new HashMap<>());
    }

    MemoryImageStore(Map<String, byte[]> files) {
        this.files = files;
    }

    /** Lets {@code before} run before each call, with its number; what it throws is what becomes of the call. */
    public synchronized void trouble(LongConsumer before) {
        trouble = before;
    }

    public synchronized int flushes() {
        return flushes;
    }

    /** What is in a file. */
    public synchronized byte[] content(String path) {
        byte[] content = files.get(path);
        if (content == null) {
            throw new ImageException(Kind.NOT_FOUND, "there is no " + path);
        }
        return content;
    }

    public synchronized void put(String path, byte[] content) {
        files.put(path, content);
    }

    private void begin() {
        LongConsumer before;
        long number;
        synchronized (this) {
            before = trouble;
            number = calls++;
        }
        before.accept(number);
    }

    @Override
    public Image image(String path) {
        return new MemoryImage(path);
    }

    @Override
    public void close() {}

    private final class MemoryImage implements Image {
        private final String path;

        MemoryImage(String path) {
            this.path = path;
        }

        @Override
        public void create(long bytes) {
            begin();
            synchronized (MemoryImageStore.this) {
                byte[] there = files.getOrDefault(path, new byte[0]);
                if (there.length != 0 && there.length != bytes) {
                    throw new ImageException(Kind.EXISTS, path + " has " + there.length + " bytes");
                }
                files.put(path, Arrays.copyOf(there, (int) bytes));
            }
        }

        @Override
        public long size() {
            begin();
            return content(path).length;
        }

        @Override
        public void read(long offset, MemorySegment into) {
            begin();
            synchronized (MemoryImageStore.this) {
                byte[] content = content(path);
                if (offset + into.byteSize() > content.length) {
                    throw new ImageException(Kind.IO_ERROR, path + " ends before");
                }
                into.copyFrom(MemorySegment.ofArray(content).asSlice(offset, into.byteSize()));
            }
        }

        @Override
        public void write(long offset, MemorySegment source) {
            begin();
            synchronized (MemoryImageStore.this) {
                int end = (int) (offset + source.byteSize());
                byte[] content = content(path);
                if (end > content.length) {
                    content = Arrays.copyOf(content, end);
                    files.put(path, content);
                }
                MemorySegment.ofArray(content).asSlice(offset).copyFrom(source);
            }
        }

        @Override
        public void flush() {
            begin();
            synchronized (MemoryImageStore.this) {
                content(path);
                flushes++;
            }
        }

        @Override
        public void resize(long bytes) {
            begin();
            synchronized (MemoryImageStore.this) {
                files.put(path, Arrays.copyOf(content(path), (int) bytes));
            }
        }
    }
}
