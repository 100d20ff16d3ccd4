package io.volary.volume.remote;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** How much is fetched ahead of which reader, from a store that answers some reads later. */
class SequentialReadsTest {
    private static final int CHUNKS = 512;
    private static final int MOST_AHEAD = Fetches.MOST_AHEAD / ChunkMap.CHUNK_BYTES;

    private final SequentialReads reads = new SequentialReads();
    private final BitSet here = new BitSet();
    private final BitSet asked = new BitSet();
    private final ArrayDeque<Runnable> onItsWay = new ArrayDeque<>();
    private int requests;
    private int misses;

    /** @param latency how many reads later what is asked for is here */
    private void read(int first, int last, int latency) {
        boolean hit = here.nextClearBit(first) > last;
        int ahead = hit ? reads.reached(first) : reads.missed(first, last);
        if (!hit) {
            misses++;
            fetch(first, last);
        }
        if (ahead > 0) {
            assertThat(ahead).isLessThanOrEqualTo(MOST_AHEAD);
            fetch(reads.next(), reads.next() + ahead - 1);
        }
        while (onItsWay.size() > latency) {
            onItsWay.remove().run();
        }
        if (!hit) { // who reads waits
            here.set(first, last + 1);
        }
    }

    private void fetch(int first, int last) {
        int begin = asked.nextClearBit(first);
        if (begin > last) {
            return;
        }
        asked.set(first, last + 1);
        requests++;
        onItsWay.add(() -> here.set(first, last + 1));
    }

    @Test
    void aSequenceIsFetchedAhead() {
        for (int chunk = 0; chunk < CHUNKS; chunk++) {
            read(chunk, chunk, 0);
        }
        assertThat(misses).isEqualTo(2);
        assertThat(requests).isLessThan(12);
    }

    /** Of a store that is far away, the next is always on its way still when it is read. */
    @Test
    void whoWaitsForWhatIsOnItsWayGoesOn() {
        for (int chunk = 0; chunk < CHUNKS; chunk++) {
            read(chunk, chunk, 3);
        }
        assertThat(requests).isLessThan(12);
    }

    @Test
    void readsThatBeginInTheMiddleOfAChunkAreASequence() {
        for (int chunk = 0; chunk + 1 < CHUNKS; chunk++) {
            read(chunk, chunk + 1, 2);
        }
        assertThat(requests).isLessThan(12);
    }

    @Test
    void largeReadsAreASequence() {
        for (int chunk = 0; chunk < CHUNKS; chunk += 16) {
            read(chunk, chunk + 15, 1);
        }
        assertThat(requests).isLessThan(12);
    }

    @Test
    void readsMayOvertakeOneAnother() {
        for (int chunk = 0; chunk + 1 < CHUNKS; chunk += 2) {
            read(chunk, chunk, 2);
            read(chunk + 1, chunk + 1, 2);
            if (chunk > 4) {
                read(chunk - 3, chunk - 3, 2);
            }
        }
        assertThat(requests).isLessThan(12);
    }

    @Test
    void ofRandomReadsNothingMoreIsFetched() {
        var random = new Random(1);
        int chunks = 1 << 20;
        for (int i = 0; i < 2000; i++) {
            int chunk = random.nextInt(chunks);
            read(chunk, chunk, 2);
        }
        assertThat(asked.cardinality()).isLessThanOrEqualTo(2010);
    }

    @Test
    void whoJumpsBeginsAnew() {
        for (int chunk = 0; chunk < 200; chunk++) {
            read(chunk, chunk, 0);
        }
        int before = asked.cardinality();
        read(100_000, 100_000, 0);
        read(100_001, 100_001, 0);

        assertThat(asked.cardinality() - before).isEqualTo(4);
    }
}
