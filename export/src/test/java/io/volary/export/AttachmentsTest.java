package io.volary.export;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class AttachmentsTest {
    private static final Client QEMU = new Client("nbd", "pid:1", "pid 1 (qemu)", null);
    private static final Client BACKUP = new Client("nbd", "pid:3", "pid 3 (nbdcopy)", "s");
    private static final Duration SHORT = Duration.ofMillis(20);
    private static final Client FIO = new Client("nbd", "pid:2", "pid 2 (fio)", null);

    private final Attachments attachments = new Attachments();

    @Test
    void theFirstWriterHoldsUntilItsLastConnectionHasGone() {
        var first = attach(QEMU);
        var second = attach(QEMU);
        var other = attach(FIO);
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
        assertThat(attach(QEMU).acquire()).isTrue();
        assertThat(attachments.couldWrite(FIO)).isFalse();
        assertThat(attachments.couldWrite(QEMU)).isTrue();
        assertThat(attachments.clients()).containsExactly(new Attachments.View(QEMU, true, 0));
    }

    @Test
    void sharedVolumesTakeAllWriters() {
        attachments.share(true);
        assertThat(attach(QEMU).acquire()).isTrue();
        assertThat(attach(FIO).acquire()).isTrue();
    }

    @Test
    void nobodyBeginsToWriteDuringAControlOperation() {
        var attachment = attach(QEMU);
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

    @Test
    void readersAreSentAwayAndKeptOut() {
        var reader = attach(BACKUP);
        var other = attach(FIO);
        reader.onDismissal(reader::close);
        boolean[] ran = {false};
        assertThat(attachments.withoutReaders(client -> "s".equals(client.snapshot()), SHORT, () -> {
                    assertThat(attachments.clients()).containsExactly(new Attachments.View(FIO, false, 0));
                    assertThat(attachments.attach(BACKUP)).isNull();
                    assertThat(attachments.attach(QEMU)).isNotNull();
                    ran[0] = true;
                }))
                .isTrue();
        assertThat(ran[0]).isTrue();
        assertThat(attachments.attach(BACKUP)).isNotNull();
        assertThat(other.couldWrite()).isTrue();
    }

    @Test
    void whoDoesNotGoInTimeStandsInTheWay() {
        var reader = attach(BACKUP);
        assertThat(attachments.withoutReaders(client -> true, SHORT, AttachmentsTest::fail))
                .isFalse();
        boolean[] heard = {false};
        reader.onDismissal(() -> heard[0] = true);
        assertThat(heard[0]).as("who could not yet hear hears it at once").isTrue();
        assertThat(attachments.attach(QEMU)).isNotNull();
    }

    @Test
    void withoutClientsMeansWithoutReadersToo() {
        var reader = attach(BACKUP);
        assertThat(attachments.withoutClients(AttachmentsTest::fail)).isFalse();
        reader.close();
        assertThat(attachments.withoutClients(
                        () -> assertThat(attachments.attach(QEMU)).isNull()))
                .isTrue();
        assertThat(attachments.attach(QEMU)).isNotNull();
    }

    @Test
    void whoRestsStaysTheHolderUntilSomebodyOfItsKindTakesOver() {
        var source = attach(new Client("vhost-user-blk", "1", "source", null));
        var target = attach(new Client("vhost-user-blk", "2", "target", null));
        var other = attach(QEMU);
        assertThat(source.acquire()).isTrue();
        target.rest();
        assertThat(target.acquire()).isFalse();
        source.rest();
        assertThat(attachments.holder()).isEqualTo(source.client());
        assertThat(other.acquire()).isFalse();
        assertThat(attachments.withoutHolder(AttachmentsTest::fail)).isFalse();
        assertThat(source.acquire()).isTrue();
        assertThat(target.acquire()).isFalse();
        source.rest();
        assertThat(target.acquire()).isTrue();
        assertThat(attachments.holder()).isEqualTo(target.client());
        assertThat(source.acquire()).isFalse();
        source.close();
        assertThat(attachments.holder()).isEqualTo(target.client());
        target.rest();
        target.close();
        assertThat(other.acquire()).isTrue();
        assertThat(attach(target.client()).acquire()).isFalse();
    }

    private Attachments.Attachment attach(Client client) {
        return Objects.requireNonNull(attachments.attach(client));
    }

    private static void fail() {
        throw new AssertionError("ran in spite of a client");
    }
}
