package io.volary.volume.space;

import static org.assertj.core.api.Assertions.assertThat;

import io.volary.volume.format.SegmentHeader.Kind;
import org.junit.jupiter.api.Test;

class RankedUsesTest {
    private static final int BLOCKS = 1000;
    private static final int NEWEST = 100;

    private final RankedUses uses = new RankedUses();

    @Test
    void theEmptiestComesFirstAndOfThoseThatAreAsEmptyTheOldest() {
        ObjectUse young = use(90, 500);
        ObjectUse full = use(1, 960);
        ObjectUse old = use(1, 500);
        ObjectUse emptiest = use(55, 100);
        assertThat(uses.cheapest(NEWEST, 1)).containsExactly(emptiest);
        assertThat(uses.cheapest(NEWEST, 600))
                .as("two that are worth about as much")
                .containsExactly(emptiest, old);

        old.victim = true;
        emptiest.victim = true;
        assertThat(uses.cheapest(NEWEST, BLOCKS)).containsExactly(young).doesNotContain(full);
    }

    @Test
    void deathsAreCountedAndMoveAnObjectUp() {
        ObjectUse first = use(1, 700);
        ObjectUse second = use(1, 600);
        assertThat(uses.garbage()).isEqualTo(700);
        assertThat(uses.cheapest(NEWEST, 1)).containsExactly(second);

        uses.changed(first, -500);
        assertThat(uses.garbage()).isEqualTo(1200);
        assertThat(uses.cheapest(NEWEST, 1)).containsExactly(first);

        uses.changed(first, -200);
        assertThat(uses.emptied()).containsExactly(first);
        assertThat(uses.emptiedBlocks()).isEqualTo(BLOCKS);
        assertThat(uses.garbage()).as("what only copying wins").isEqualTo(400);
        assertThat(uses.cheapest(NEWEST, 1)).containsExactly(second);

        uses.remove(first);
        assertThat(uses.emptied()).isEmpty();
        assertThat(uses.blocks()).isEqualTo(BLOCKS);
    }

    /** Else a family that takes little space would copy the same blocks for ever. */
    @Test
    void whatHasNothingToWinButItsHeaderIsLeftAlone() {
        ObjectUse small = use(1, 1, 2);
        assertThat(uses.cheapest(NEWEST, BLOCKS)).isEmpty();
        ObjectUse other = use(1, 1, 2);
        assertThat(uses.cheapest(NEWEST, BLOCKS)).as("one header less").containsExactly(small, other);
    }

    private long objects;

    private ObjectUse use(long made, int live) {
        return use(made, live, BLOCKS);
    }

    private ObjectUse use(long made, int live, int blocks) {
        var segment = new Segment(made, Kind.LOG, ++objects);
        segment.blocks = blocks;
        segment.liveBlocks = live;
        var use = new ObjectUse(segment.object, false);
        use.add(segment, made);
        uses.add(use);
        return use;
    }
}
