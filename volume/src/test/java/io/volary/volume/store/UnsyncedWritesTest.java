package io.volary.volume.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.volary.linux.Errno;
import io.volary.linux.FailedSyncs;
import io.volary.linux.IoCallback;
import io.volary.linux.LinuxException;
import io.volary.linux.LinuxFile;
import io.volary.linux.OpenFlag;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnsyncedWritesTest {
    private final UnsyncedWrites unsynced = new UnsyncedWrites();
    private final List<Integer> results = new ArrayList<>();

    private void anothersSyncFails() {
        FailedSyncs.note(-Errno.EIO);
    }

    private void sync() {
        unsynced.checked(results::add).completed(0);
    }

    @Test
    void whatWasWrittenBeforeAnothersSyncFailedIsNeverDurable() {
        unsynced.add();
        anothersSyncFails();
        sync();
        sync();
        assertThat(results).containsExactly(-Errno.EIO, -Errno.EIO);
    }

    @Test
    void whatWasDurableBeforeOrWrittenAfterIsNotTouched() {
        unsynced.add();
        sync();
        anothersSyncFails();
        sync();
        unsynced.add();
        sync();
        assertThat(results).containsExactly(0, 0, 0);
    }

    @Test
    void whatIsWrittenDuringASyncIsForTheNextOne() {
        unsynced.add();
        IoCallback first = unsynced.checked(results::add);
        unsynced.add();
        first.completed(0);
        anothersSyncFails();
        sync();
        assertThat(results).containsExactly(0, -Errno.EIO);
    }

    @Test
    void aFailureDuringTheSyncIsOneAsWell() {
        unsynced.add();
        IoCallback first = unsynced.checked(results::add);
        anothersSyncFails();
        first.completed(0);
        assertThat(results).containsExactly(-Errno.EIO);
    }

    @Test
    void itsOwnFailureIsToldAsItIsAndToOthers() {
        UnsyncedWrites other = new UnsyncedWrites();
        other.add();
        unsynced.add();
        unsynced.checked(results::add).completed(-Errno.EROFS);
        other.checked(results::add).completed(0);
        assertThat(results).containsExactly(-Errno.EROFS, -Errno.EIO);
    }

    @Test
    void aFullFileSystemHasLostNothingOfOthers() {
        unsynced.add();
        FailedSyncs.note(-Errno.ENOSPC);
        sync();
        assertThat(results).containsExactly(0);
    }

    @Test
    void blockingSyncsDoTheSame(@TempDir Path directory) {
        try (LinuxFile file = LinuxFile.open(
                directory.resolve("file"), LinuxFile.PRIVATE, OpenFlag.READ_WRITE, OpenFlag.CREATE_EXCLUSIVE)) {
            unsynced.add();
            unsynced.sync(file);
            unsynced.add();
            anothersSyncFails();
            assertThatThrownBy(() -> unsynced.sync(file))
                    .isInstanceOf(LinuxException.class)
                    .hasMessageContaining("EIO");
        }
    }
}
