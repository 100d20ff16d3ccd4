package io.volary.export;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AttachmentsTest {
    private static final Client QEMU = new Client("nbd", "pid:1", "pid 1 (qemu)", null);
    private static final Client FIO = new Client("nbd", "pid:2", "pid 2 (fio)", null);

    private final Attachments attachments = new Attachments();

    @Test
    void theFirstWriterHoldsUntilItsLastConnectionHasGone() {
        var first = attachments.attach(QEMU);
        var second = attachments.attach(QEMU);
        var other = attachments.attach(FIO);
        assertThat(other.couldWrite()).isTrue();
        assertThat(first.acquire()).isTrue();
        assertThat(attachments.holder()).isEqualTo(QEMU);
        assertThat(other.couldWrite()).isFalse();
        assertThat(other.acquire()).isFalse();
        assertThat(second.acquire()).isTrue();
        first.close();
        assertThat(other.acquire()).isFalse();
        second.close();
        assertThat(attachments.holder()).isNull();
        assertThat(other.acquire()).isTrue();
        assertThat(attachments.holder()).isEqualTo(FIO);
    }

    @Test
    void whoIsNotAttachedCanAskAsWell() {
        assertThat(attachments.couldWrite(FIO)).isTrue();
        assertThat(attachments.attach(QEMU).acquire()).isTrue();
        assertThat(attachments.couldWrite(FIO)).isFalse();
        assertThat(attachments.couldWrite(QEMU)).isTrue();
        assertThat(attachments.clients()).containsExactly(new Attachments.View(QEMU, true));
    }

    @Test
    void sharedVolumesTakeAllWriters() {
        attachments.share(true);
        assertThat(attachments.attach(QEMU).acquire()).isTrue();
        assertThat(attachments.attach(FIO).acquire()).isTrue();
    }

    @Test
    void nobodyBeginsToWriteDuringAControlOperation() {
        var attachment = attachments.attach(QEMU);
        boolean[] acquired = {true};
        assertThat(attachments.withoutHolder(() -> acquired[0] = attachment.acquire()))
                .isTrue();
        assertThat(acquired[0]).isFalse();
        assertThat(attachment.acquire()).isTrue();
        assertThat(attachments.withoutHolder(() -> {
                    throw new AssertionError("ran in spite of a holder");
                }))
                .isFalse();
    }
}
