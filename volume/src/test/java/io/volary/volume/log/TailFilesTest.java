package io.volary.volume.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.volary.volume.format.Checksum;
import io.volary.volume.format.NativeBuffer;
import io.volary.volume.format.RecordHeader;
import io.volary.volume.format.SegmentHeader;
import io.volary.volume.space.Numbering;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TailFilesTest {
    @TempDir
    private Path directory;

    private Path memory;
    private Path pool;

    @BeforeEach
    void makeDirectories() throws IOException {
        memory = Files.createDirectory(directory.resolve("memory"));
        pool = Files.createDirectory(directory.resolve("pool"));
    }

    private TailFiles open() {
        return Objects.requireNonNull(TailFiles.open(memory, pool));
    }

    private List<Path> files() throws IOException {
        try (var files = Files.list(memory)) {
            return files.toList();
        }
    }

    private static MemorySegment slot(TailFiles files) {
        return Objects.requireNonNull(files.slot());
    }

    /** A record without data. */
    private static void putRecord(MemorySegment slot) {
        long object = new Numbering(3, 1).takeObject(SegmentHeader.Kind.LOG);
        TailSlot.open(slot, 17, object, 8192);
        RecordHeader.seal(
                new NativeBuffer(slot, slot.asByteBuffer()),
                0,
                UUID.randomUUID(),
                1,
                3,
                RecordHeader.TYPE_DATA,
                17,
                16,
                0,
                0,
                0,
                new Checksum());
    }

    @Test
    void whatAProcessLeavesTheNextOnesFind() throws IOException {
        TailFiles dead = open();
        putRecord(slot(dead));
        dead.slot(); // in which nothing was put
        TailFiles alsoDead = open();
        putRecord(slot(alsoDead));
        assertThat(alsoDead.left().bytes()).isEqualTo(4096);

        try (TailFiles next = open()) {
            assertThat(next.left().bytes()).isEqualTo(2 * 4096);
            putRecord(slot(next));
            next.forgetLeft();
            assertThat(files()).hasSize(1);
        }
        assertThat(files()).isEmpty();
    }

    @Test
    void aRecordThatIsNotWholeIsNone() {
        TailFiles dead = open();
        MemorySegment slot = slot(dead);
        putRecord(slot);
        slot.set(ValueLayout.JAVA_BYTE, 100, (byte) 1);
        try (TailFiles next = open()) {
            assertThat(next.left().bytes()).isZero();
        }
    }

    @Test
    void whatTheDiskDidNotTakeIsKept() throws IOException {
        try (TailFiles failing = open()) {
            putRecord(slot(failing));
            failing.keep();
        }
        assertThat(files()).hasSize(1);
        try (TailFiles next = open()) {
            assertThat(next.left().bytes()).isEqualTo(4096);
        }
        assertThat(files()).as("it was not put to the disk").hasSize(1);
    }

    @Test
    void othersCannotReadIt() throws IOException {
        try (TailFiles files = open()) {
            files.slot();
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(files().getFirst())))
                    .isEqualTo("rw-------");
        }
    }

    @Test
    void onlyTheVPoolsOwnFilesAreTaken() throws IOException {
        TailFiles dead = open();
        putRecord(slot(dead));
        Path left = files().getFirst();
        Path elsewhere = directory.resolve("elsewhere");
        Files.move(left, elsewhere);
        Files.createSymbolicLink(left, elsewhere);
        try (TailFiles next = open()) {
            assertThat(next.left().bytes()).isZero();
            next.forgetLeft();
        }
        assertThat(left).isSymbolicLink();

        Path another = Files.createDirectory(directory.resolve("another"));
        TailFiles alsoDead = open();
        putRecord(slot(alsoDead));
        try (TailFiles others = Objects.requireNonNull(TailFiles.open(memory, another))) {
            assertThat(others.left().bytes()).isZero();
        }
    }

    @Test
    void whereThereIsNoRoomThereIsNoMemory() throws IOException {
        Files.delete(memory);
        try (TailFiles none = open()) {
            assertThat(none.slot()).isNull();
            assertThat(none.slot()).isNull();
        }
    }
}
