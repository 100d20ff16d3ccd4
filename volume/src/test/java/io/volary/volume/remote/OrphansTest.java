package io.volary.volume.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.volary.volume.remote.RemoteNames.ManifestName;
import io.volary.volume.remote.RemoteNames.PieceName;
import io.volary.volume.space.Numbering;
import io.volary.volume.store.StoreException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What nobody needs on a store is told from what somebody does. */
class OrphansTest {
    private static final String LOST = "a1111111-1111-4111-8111-111111111111";
    private static final String OTHER = "22222222-2222-4222-8222-222222222222";
    private static final long OBJECT = (3L << 40) | 7;

    private final MemoryObjectStore objects = new MemoryObjectStore();
    private final FailingObjectStore store = new FailingObjectStore(objects);
    private final List<String> known = new ArrayList<>();
    private final List<String> removed = new ArrayList<>();
    private final TieredThreads threads =
            new TieredThreads(new TieredOptions(1 << 30, 1 << 30, 10, 0, 0, 1 << 20), () -> 0);
    private final Orphans orphans =
            new Orphans(store, known::contains, (family, epoch) -> removed.add(family + " " + epoch), threads);

    @AfterEach
    void close() {
        threads.close();
    }

    private void piece(String family, int offset) {
        objects.put(new PieceName(family, OBJECT, offset, 4096, 0).name(), MemorySegment.ofArray(new byte[4096]));
    }

    private void manifest(String family) {
        objects.put(new ManifestName(family, 3, 1).name(), MemorySegment.ofArray(new byte[1]));
    }

    @Test
    void whatStaysWithoutAManifestIsRemoved() {
        piece(LOST, 0);
        piece(LOST, 4096);
        piece(OTHER, 0);
        manifest(OTHER);
        orphans.look();
        assertThat(removed).isEmpty();

        orphans.look();

        assertThat(removed).containsExactly(LOST + " " + Numbering.epochOf(OBJECT));
    }

    @Test
    void whatGrowsIsBeingMade() {
        for (int i = 0; i < 5; i++) {
            piece(LOST, 4096 * i);
            orphans.look();
        }
        assertThat(removed).isEmpty();
    }

    @Test
    void whoseManifestComesBetweenTheListsIsAVolume() {
        piece(LOST, 0);
        orphans.look();
        store.before(call -> {
            if (call.equals("list manifests/a")) {
                manifest(LOST);
            }
        });

        orphans.look();

        assertThat(removed).isEmpty();
    }

    @Test
    void whatIsServedHereIsLeftAlone() {
        piece(LOST, 0);
        known.add(LOST);
        orphans.look();
        orphans.look();

        assertThat(removed).isEmpty();
    }

    @Test
    void aStoreThatFailsTellsNothing() {
        piece(LOST, 0);
        orphans.look();
        store.fail("list manifests/");
        assertThatThrownBy(orphans::look).isInstanceOf(StoreException.class);
        assertThat(removed).isEmpty();
    }
}
