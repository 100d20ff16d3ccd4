package io.volary.volume.space;

import static org.assertj.core.api.Assertions.assertThat;

import io.volary.volume.format.SegmentHeader.Kind;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ResidentBitmapsTest {
    private static final int LIMIT = 4;

    private final ResidentBitmaps bitmaps = new ResidentBitmaps((long) LIMIT * ResidentBitmaps.BYTES);
    private long number;

    /** A sealed segment whose page holds what its bitmaps say. */
    private Segment written() {
        var segment = new Segment(++number, Kind.LOG, number);
        segment.use = new ObjectUse(number, false);
        segment.pagePlace = number;
        bitmaps.expect();
        segment.live = new long[BitmapReads.WORDS];
        bitmaps.hand(segment);
        return segment;
    }

    private List<Segment> full() {
        return Stream.generate(this::written).limit(LIMIT).toList();
    }

    @Test
    void whatNobodyUsesMakesRoom() {
        var segments = full();
        assertThat(bitmaps.makeRoom()).isTrue();
        assertThat(segments).filteredOn(Segment::resident).hasSize(LIMIT - 1);
        assertThat(bitmaps.count()).isEqualTo(LIMIT - 1);
    }

    @Test
    void whatWasUsedStaysLonger() {
        var segments = full();
        bitmaps.makeRoom(); // all look unused from here on
        var used = segments.get(LIMIT - 1);
        used.objectBlock(0);
        for (int i = 0; i < LIMIT - 1; i++) {
            written().recent = false;
            bitmaps.makeRoom();
        }
        assertThat(used.resident()).isTrue();
        assertThat(segments).filteredOn(Segment::resident).containsExactly(used);
    }

    @Test
    void whatHasChangedStaysUntilACheckpointHasWrittenIt() {
        var segments = full();
        segments.forEach(segment -> segment.dirty = true);
        assertThat(bitmaps.makeRoom()).isFalse();
        segments.forEach(segment -> segment.dirty = false);
        segments.forEach(segment -> segment.pageDue = true);
        assertThat(bitmaps.makeRoom()).isFalse();
        segments.forEach(segment -> segment.pageDue = false);
        bitmaps.loosen();
        assertThat(bitmaps.makeRoom()).isTrue();
    }

    @Test
    void whatIsHeldOpenOrReplayedStays() {
        var segments = full();
        segments.get(0).held = true;
        segments.get(1).use = null;
        segments.get(2).pagePlace = 0;
        segments.get(3).held = true;
        assertThat(bitmaps.makeRoom()).isFalse();
        assertThat(segments).allMatch(Segment::resident);
    }

    @Test
    void whatIsReadCountsFromTheBeginning() {
        full();
        bitmaps.makeRoom();
        bitmaps.expect();
        assertThat(bitmaps.count()).isEqualTo(LIMIT);
        bitmaps.disappoint();
        assertThat(bitmaps.count()).isEqualTo(LIMIT - 1);
    }

    @Test
    void aSegmentThatIsGoneMakesRoomWhateverItsStateWas() {
        var segments = full();
        segments.forEach(segment -> segment.dirty = true);
        segments.getFirst().gone = true;
        assertThat(bitmaps.makeRoom()).isTrue();
        assertThat(segments.getFirst().resident()).isFalse();
    }
}
