package io.volary.linux;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LinuxProcessTest {
    private final LinuxProcess self = LinuxProcess.current();

    @Test
    void whoRunsIsNotGone() {
        assertThat(self.isGone()).isFalse();
        assertThat(LinuxProcess.current()).isEqualTo(self);
    }

    @Test
    void whoHasEndedIsGone() throws Exception {
        Process process = new ProcessBuilder("true").start();
        process.waitFor();

        assertThat(with(process.pid(), self.start()).isGone()).isTrue();
    }

    @Test
    void anotherOfTheSameNumberIsNotTheOneThatWasMeant() {
        assertThat(with(self.id(), self.start() - 1).isGone()).isTrue();
    }

    @Test
    void ofAnotherMachineOrContainerNothingIsKnown() throws Exception {
        Process process = new ProcessBuilder("true").start();
        process.waitFor();
        LinuxProcess ended = with(process.pid(), 1);

        assertThat(new LinuxProcess("another", ended.namespaces(), ended.id(), ended.start()).isGone())
                .isFalse();
        assertThat(new LinuxProcess(ended.boot(), "pid:[1]", ended.id(), ended.start()).isGone())
                .isFalse();
        assertThat(with(0, 1).isGone()).isFalse();
        assertThat(with(-1, 1).isGone()).isFalse();
    }

    private LinuxProcess with(long id, long start) {
        return new LinuxProcess(self.boot(), self.namespaces(), id, start);
    }
}
