package io.volary.volume.remote;

import io.volary.volume.remote.RemoteNames.PieceName;
import io.volary.volume.store.StoreException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * A store that keeps pieces of segments in sparse files, without their blocks of zeroes, and all else in memory: so a volume of zeroes may be
 * larger than the disk.
 */
final class SparseObjectStore implements ObjectStore {
    private static final int BLOCK = 4096;

    private final Path directory;
    private final MemoryObjectStore others = new MemoryObjectStore();
    private final ConcurrentSkipListMap<String, Long> pieces = new ConcurrentSkipListMap<>();
    private final RequestTally tally = new RequestTally();

    /** @param directory where files are made */
    SparseObjectStore(Path directory) {
        this.directory = directory;
    }

    @Override
    public void put(String name, MemorySegment content) {
        PieceName piece = RemoteNames.piece(name);
        if (piece == null) {
            others.put(name, content);
            return;
        }
        tally.put(content.byteSize());
        try (FileChannel file = open(piece, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            byte[] block = new byte[BLOCK];
            for (long at = 0; at < content.byteSize(); at += BLOCK) {
                int length = (int) Math.min(BLOCK, content.byteSize() - at);
                MemorySegment.copy(content, ValueLayout.JAVA_BYTE, at, block, 0, length);
                if (!isZero(content.asSlice(at, length))) {
                    file.write(ByteBuffer.wrap(block, 0, length), piece.offset() + at);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        pieces.put(name, content.byteSize());
    }

    private static boolean isZero(MemorySegment block) {
        return block.mismatch(ZEROES.asSlice(0, block.byteSize())) == -1;
    }

    private static final MemorySegment ZEROES = MemorySegment.ofArray(new byte[BLOCK]);

    private FileChannel open(PieceName piece, StandardOpenOption... options) throws IOException {
        return FileChannel.open(directory.resolve(piece.family() + "-" + Long.toHexString(piece.object())), options);
    }

    @Override
    public boolean claim(String name) {
        return others.claim(name);
    }

    @Override
    public void get(String name, long offset, MemorySegment into) {
        PieceName piece = RemoteNames.piece(name);
        if (piece == null) {
            others.get(name, offset, into);
            return;
        }
        Long bytes = pieces.get(name);
        if (bytes == null || offset + into.byteSize() > bytes) {
            throw new StoreException(StoreException.Kind.NOT_FOUND, "there is no such part of " + name);
        }
        tally.get();
        tally.received(into.byteSize());
        into.fill((byte) 0); // what lies behind the file's end is zeroes
        ByteBuffer buffer = into.asByteBuffer();
        try (FileChannel file = open(piece, StandardOpenOption.READ)) {
            long at = piece.offset() + offset;
            while (buffer.hasRemaining() && file.read(buffer, at + buffer.position()) >= 0) {
                // goes on
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public List<Stored> list(String prefix) {
        if (!prefix.startsWith(RemoteNames.SEGMENTS)) {
            return others.list(prefix);
        }
        tally.list();
        return MemoryObjectStore.list(pieces, prefix, bytes -> bytes);
    }

    @Override
    public void delete(String name) {
        if (pieces.remove(name) == null) {
            others.delete(name);
        }
    }

    /** Of pieces only. */
    @Override
    public RequestCounts requests() {
        return tally.counts();
    }

    @Override
    public void close() {}
}
