package io.volary.export.fuse;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.volary.export.fuse.Node.Place;
import io.volary.linux.SharedLog;
import org.junit.jupiter.api.Test;

class MountJournalTest {
    private final MountJournal journal = MountJournal.create(true);

    private MountJournal restored() {
        return MountJournal.restore(journal.log());
    }

    @Test
    void keepsNodesHandlesAndMarks() {
        journal.node(7, Place.snapshot("v", "s"));
        journal.node(9, Place.plain("moved"));
        journal.node(12, Place.volume("gone"));
        journal.gone(12);
        journal.marks("", "of the root");
        journal.marks("v", "1 2 3");
        journal.marks("w", "4");
        journal.marks("w", null);
        MountJournal next = restored();
        assertThat(next.nodes())
                .containsEntry(7L, Place.snapshot("v", "s"))
                .containsEntry(9L, Place.plain("moved"))
                .hasSize(2);
        assertThat(next.lastNode()).as("no number is given twice").isEqualTo(12);
        assertThat(next.marks("")).isEqualTo("of the root");
        assertThat(next.marks("v")).isEqualTo("1 2 3");
        assertThat(next.marks("w")).isNull();
        assertThat(next.beginMillis()).isEqualTo(journal.beginMillis());
        assertThat(next.resends()).isTrue();
    }

    @Test
    void aNameOfAnyBytesIsKept() {
        journal.node(9, Place.plain(".a b%\u00e9\n"));
        assertThat(restored().nodes()).containsEntry(9L, Place.plain(".a b%\u00e9\n"));
    }

    @Test
    void aLineThatWasCutOffIsNone() {
        journal.node(7, Place.volume("v"));
        journal.log().append("node 8 VOLUME w".getBytes(US_ASCII));
        assertThat(restored().nodes()).hasSize(1);
    }

    @Test
    void beginsAnewInsteadOfGrowing() {
        for (long i = 0; i < 200_000; i++) {
            journal.node(i, Place.volume("v"));
            journal.gone(i);
        }
        journal.node(200_000, Place.volume("w"));
        assertThat(journal.log().length()).isLessThan(2 << 20);
        assertThat(restored().nodes()).containsOnlyKeys(200_000L);
    }

    @Test
    void theLogIsThereForWhoGetsItsDescriptor() {
        SharedLog log = SharedLog.create("test");
        log.append("old".getBytes(US_ASCII));
        log.beginWith("new".getBytes(US_ASCII));
        log.append("er".getBytes(US_ASCII));
        assertThat(log.content()).asString(US_ASCII).isEqualTo("newer");
        assertThat(log.length()).isEqualTo(5);
        log.close();
    }
}
