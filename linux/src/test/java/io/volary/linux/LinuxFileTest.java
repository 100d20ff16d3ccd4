package io.volary.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Random;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LinuxFileTest {
    @TempDir
    Path directory;

    private final Arena arena = Arena.ofAuto();

    private LinuxFile open(String name, OpenFlag... flags) {
        return LinuxFile.open(directory.resolve(name), LinuxFile.PRIVATE, flags);
    }

    private MemorySegment random(int length) {
        byte[] bytes = new byte[length];
        new Random(1).nextBytes(bytes);
        MemorySegment memory = arena.allocate(length, 4096);
        memory.copyFrom(MemorySegment.ofArray(bytes));
        return memory;
    }

    private static void assertErrno(int errno, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call)
                .asInstanceOf(InstanceOfAssertFactories.type(LinuxException.class))
                .extracting(LinuxException::errno)
                .isEqualTo(errno);
    }

    @Test
    void writesAllAndReadsAllButNotBeyondTheEnd() throws IOException {
        MemorySegment data = random(3_000_000);
        MemorySegment copy = arena.allocate(4_000_000);
        try (LinuxFile file = open("f", OpenFlag.READ_WRITE, OpenFlag.CREATE_EXCLUSIVE)) {
            file.write(1000, data, 0, 3_000_000);
            file.fdatasync();
            file.fsync();
            assertThat(file.size()).isEqualTo(3_001_000);
            assertThat(file.read(1000, copy, 5, 3_999_995)).isEqualTo(3_000_000);
            assertThat(copy.asSlice(5, 3_000_000).mismatch(data)).isEqualTo(-1);
            assertThat(file.read(5_000_000, copy, 0, 10)).isZero();
        }
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("f"))))
                .isEqualTo("rw-------");
    }

    @Test
    void readsAndWritesPastThePageCache() {
        MemorySegment data = random(65536);
        MemorySegment copy = arena.allocate(1 << 20, 4096);
        try (LinuxFile file = open("f", OpenFlag.READ_WRITE, OpenFlag.CREATE, OpenFlag.DIRECT)) {
            file.write(4096, data, 0, 65536);
            assertThat(file.read(4096, copy, 0, 1 << 20)).isEqualTo(65536);
            assertThat(copy.asSlice(0, 65536).mismatch(data)).isEqualTo(-1);
            file.truncate(4096 + 1000);
            assertThat(file.read(4096, copy, 0, 1 << 20)).isEqualTo(1000);
            assertErrno(Errno.EINVAL, () -> file.write(1, data, 0, 512));
        }
    }

    @Test
    void countsAndPunchesSpace() {
        try (LinuxFile file = open("f", OpenFlag.READ_WRITE, OpenFlag.CREATE)) {
            file.truncate(1 << 20);
            assertThat(file.allocatedBytes()).isZero();
            file.allocate(0, 2 << 20);
            assertThat(file.allocatedBytes()).isGreaterThanOrEqualTo(2 << 20);
            assertThat(file.size()).isEqualTo(2 << 20);
            file.write(0, random(1 << 20), 0, 1 << 20);
            file.fdatasync();
            file.punchHole(0, 1 << 20);
            assertThat(file.allocatedBytes()).isBetween(1L << 20, (1L << 20) + 65536);
            assertThat(file.size()).isEqualTo(2 << 20);
            MemorySegment copy = arena.allocate(1 << 20).fill((byte) 1);
            assertThat(file.read(0, copy, 0, 1 << 20)).isEqualTo(1 << 20);
            assertThat(copy.toArray(JAVA_BYTE)).containsOnly(0);
            assertThatThrownBy(() -> file.punchHole(0, 0)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> file.allocate(-1, 5)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> file.punchHole(Long.MAX_VALUE, 5)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void saysWhatFailedOnWhatAndWhy() {
        Path missing = directory.resolve("missing");
        assertThatThrownBy(() -> open("missing", OpenFlag.READ_ONLY))
                .isInstanceOf(LinuxException.class)
                .hasMessage("open " + missing + ": No such file or directory (ENOENT)");
        open("there", OpenFlag.READ_WRITE, OpenFlag.CREATE).close();
        assertErrno(Errno.EEXIST, () -> open("there", OpenFlag.READ_WRITE, OpenFlag.CREATE_EXCLUSIVE));
        assertErrno(Errno.ENOTDIR, () -> open("there", OpenFlag.READ_ONLY, OpenFlag.DIRECTORY));
        LinuxFile readOnly = open("there", OpenFlag.READ_ONLY);
        assertErrno(Errno.EBADF, () -> readOnly.write(0, random(1), 0, 1));
        readOnly.close();
        readOnly.close();
        assertThatThrownBy(() -> readOnly.read(0, random(1), 0, 1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("is closed");
        assertThat(Errno.name(Errno.ENOSPC)).isEqualTo("ENOSPC");
        assertThat(Errno.describe(Errno.ENOSPC)).isEqualTo("No space left on device (ENOSPC)");
        assertThat(Errno.describe(4095)).contains("errno 4095");
    }

    @Test
    void refusesRangesOutsideTheMemory() {
        try (LinuxFile file = open("f", OpenFlag.READ_WRITE, OpenFlag.CREATE)) {
            MemorySegment memory = random(10);
            assertThatThrownBy(() -> file.read(0, memory, 5, 6)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> file.write(0, memory, 0, -1)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> file.write(-1, memory, 0, 1)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void isNotInheritedByChildren() throws IOException, InterruptedException {
        try (LinuxFile file = open("f", OpenFlag.READ_WRITE, OpenFlag.CREATE)) {
            Process child = new ProcessBuilder("test", "-e", "/proc/self/fd/" + file.fd()).start();
            assertThat(child.waitFor()).isEqualTo(1);
            String flags = Files.readString(Path.of("/proc/self/fdinfo/" + file.fd()));
            assertThat(flags).containsPattern("flags:\\s+02\\d{6}");
        }
    }

    @Test
    void knowsWhereHolesEnd() throws IOException {
        try (LinuxFile file = open("f", OpenFlag.READ_WRITE, OpenFlag.CREATE);
                Arena arena = Arena.ofConfined()) {
            file.write(64 << 20, arena.allocate(4096), 0, 4096);
            file.truncate(128 << 20);
            assertThat(file.nextData(0)).isEqualTo(64 << 20);
            assertThat(file.nextData((64 << 20) + 100)).isEqualTo((64 << 20) + 100);
            assertThat(file.nextData(65 << 20)).isEqualTo(128 << 20);
            assertThat(file.nextData(256 << 20)).isEqualTo(256 << 20);
        }
    }

    @Test
    void renamesAndUnlinksAndSyncsDirectories() throws IOException {
        Path a = directory.resolve("a");
        Path b = directory.resolve("b");
        Files.writeString(a, "a");
        Files.writeString(b, "b");
        assertErrno(Errno.EEXIST, () -> LinuxFiles.renameNoReplace(a, b));
        assertThat(Files.readString(b)).isEqualTo("b");
        LinuxFiles.renameNoReplace(a, directory.resolve("ä"));
        LinuxFiles.rename(directory.resolve("ä"), b);
        assertThat(Files.readString(b)).isEqualTo("a");
        LinuxFiles.syncDirectory(directory);
        LinuxFiles.unlink(b);
        assertThat(directory).isEmptyDirectory();
        assertErrno(Errno.ENOENT, () -> LinuxFiles.unlink(b));
        assertErrno(Errno.ENOENT, () -> LinuxFiles.syncDirectory(b));
    }

    @Test
    void knowsTheFileSystemsSpace() throws IOException {
        FileSystemSpace space = FileSystemSpace.of(directory);
        assertThat(space.totalBytes()).isEqualTo(Files.getFileStore(directory).getTotalSpace());
        assertThat(space.freeBytes())
                .isCloseTo(
                        Files.getFileStore(directory).getUsableSpace(),
                        org.assertj.core.data.Percentage.withPercentage(5));
        assertErrno(Errno.ENOENT, () -> FileSystemSpace.of(directory.resolve("missing")));
    }
}
