package io.volary.volume.store;

import io.volary.linux.LinuxException;
import io.volary.linux.LinuxFile;
import io.volary.linux.LinuxFiles;
import io.volary.linux.OpenFlag;
import io.volary.volume.store.StoreException.Kind;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;

/** The manifests of a {@link DirectoryStore}: each made under another name, and named when it is whole and durable. */
final class Manifests {
    /** Far above what a family with the most snapshots needs; more than this is no manifest. */
    private static final long MAX_BYTES = 256L << 20;

    private final NumberedFiles files;

    /** Takes over a directory, and deletes what was not finished. */
    Manifests(NumberedFiles files) throws IOException {
        this.files = files;
        files.deleteLeftovers();
    }

    void put(long number, byte[] content) {
        Path unfinished = files.temporaryPath(number);
        NumberedFiles.remove(unfinished);
        try {
            write(unfinished, content);
            LinuxFiles.renameNoReplace(unfinished, files.path(number));
        } catch (LinuxException e) {
            discard(unfinished, e);
            throw e;
        }
        files.sync();
    }

    List<Long> numbers() throws IOException {
        List<Long> numbers = files.numbers();
        Collections.sort(numbers);
        return numbers;
    }

    byte[] read(long number) {
        try (Arena arena = Arena.ofConfined();
                LinuxFile file = LinuxFile.open(files.path(number), 0, OpenFlag.READ_ONLY)) {
            long bytes = file.size();
            if (bytes > MAX_BYTES) {
                throw new StoreException(
                        Kind.IO_ERROR, "%s is no manifest: it has %d bytes".formatted(file.path(), bytes));
            }
            MemorySegment content = arena.allocate(Math.max(1, bytes));
            int count = file.read(0, content, 0, (int) bytes);
            return content.asSlice(0, count).toArray(ValueLayout.JAVA_BYTE);
        }
    }

    void delete(long number) {
        files.delete(number);
    }

    long allocatedBytes() throws IOException {
        return files.allocatedBytes();
    }

    private static void write(Path path, byte[] content) {
        try (Arena arena = Arena.ofConfined();
                LinuxFile file =
                        LinuxFile.open(path, LinuxFile.PRIVATE, OpenFlag.READ_WRITE, OpenFlag.CREATE_EXCLUSIVE)) {
            MemorySegment memory = arena.allocateFrom(ValueLayout.JAVA_BYTE, content);
            UnsyncedWrites unsynced = new UnsyncedWrites();
            unsynced.add();
            file.write(0, memory, 0, content.length);
            unsynced.sync(file); // its name is made durable after it
        }
    }

    private static void discard(Path unfinished, LinuxException reason) {
        try {
            NumberedFiles.remove(unfinished);
        } catch (LinuxException e) {
            reason.addSuppressed(e);
        }
    }
}
