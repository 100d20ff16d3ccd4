package io.volary.volume.space;

import static org.assertj.core.api.Assertions.assertThat;

import io.volary.volume.EngineOptions;
import io.volary.volume.Limits;
import io.volary.volume.format.BlockEntry;
import io.volary.volume.format.SegmentHeader.Kind;
import io.volary.volume.store.SegmentStore;
import io.volary.volume.store.SimulatedDisk;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class GarbageCollectorTest {
    private static final UUID FAMILY = new UUID(1, 2);
    private static final int BLOCKS = 64;
    private static final int VICTIMS = 8;

    private final SimulatedDisk disk = new SimulatedDisk(1);
    private final SegmentStore store = disk.store();
    private final Queued background = new Queued();
    private final ObjectFiles files = new ObjectFiles(store, background);
    private final SegmentTable table = new SegmentTable(FAMILY, new ResidentBitmaps(1 << 20));
    private final GarbageCollector collector = collector(2 << 20);

    private GarbageCollector collector(long slackBytes) {
        return new GarbageCollector(
                FAMILY,
                store,
                background,
                table,
                files,
                new Numbering(1, 100),
                () -> 0,
                new EngineOptions(1 << 20, 1 << 20, 1 << 20, 0, 70, slackBytes, null));
    }

    /** Old segments of which only the last block lives. */
    private void makeGarbage() {
        table.create(99, Kind.LOG, 99);
        for (int number = 1; number <= VICTIMS; number++) {
            store.create(number, BLOCKS * Limits.BLOCK_BYTES, SegmentStore.Purpose.DATA)
                    .close();
            table.create(number, Kind.LOG, number);
            table.reaches(number, BLOCKS);
            table.born(place(number));
            table.sealed(number);
        }
    }

    private static long place(int number) {
        return BlockEntry.place(BlockEntry.DATA, number, BLOCKS - 1);
    }

    @Test
    void whatDiesWhileItIsCopiedIsDeletedAfterwards() {
        makeGarbage();
        collect();
        for (int number = 1; number <= VICTIMS; number++) {
            table.died(place(number));
        }
        checkpoint();
        background.runAll();
        assertThat(background.failures).isEmpty();

        collect(); // puts the copy to use: there is nothing left that needs it
        checkpoint();
        assertThat(store.objects()).isEmpty();
    }

    @Test
    void whatWasCopiedIsDeleted() {
        makeGarbage();
        collect();
        background.runAll();
        collect();
        checkpoint();
        assertThat(store.objects()).hasSize(1);
    }

    @Test
    void guestsWhoReadHaveTheDiskToThemselvesInBetween() {
        makeGarbage();
        GarbageCollector unhurried = collector(64 << 20);
        unhurried.noteRead();
        collect(unhurried);
        assertThat(unhurried.busy()).isTrue();
        background.runAll();
        collect(unhurried);
        assertThat(unhurried.postponedNanos()).isEqualTo(1_000_000_000L);
    }

    @Test
    void writesGoOnSlowlyWhileThereIsTooMuchGarbageThatIsBeingCopied() {
        var pace = new WritePace(collector.budget(), collector);
        makeGarbage();
        pace.tick(0);
        pace.spend(1000);
        assertThat(pace.admits()).as("nothing is being copied").isTrue();

        collector.work(100, false, false, () -> {});
        pace.tick(1);
        pace.spend(1_000_000);
        pace.tick(900_000_000);
        assertThat(pace.admits()).isFalse();
        pace.tick(1_100_000_000);
        assertThat(pace.admits())
                .as("8 MiB a second go on always, and nothing costs more than a second")
                .isTrue();

        pace.spend(1000);
        background.runAll();
        collector.work(100, false, false, () -> {});
        pace.tick(1_100_000_001);
        assertThat(pace.admits()).as("there is room again").isTrue();
    }

    private void collect() {
        collect(collector);
    }

    private static void collect(GarbageCollector collector) {
        collector.work(100, false, true, () -> {});
    }

    private void checkpoint() {
        table.freeze(100);
        for (long object : files.dropUnused(table.thawed(), table::abandon)) {
            store.delete(object);
        }
    }

    /** Does what it is given when it is told to. */
    private static final class Queued implements Background {
        private final List<Runnable> tasks = new ArrayList<>();
        private final List<Exception> failures = new ArrayList<>();

        @Override
        public <T> void run(Callable<T> task, Outcome<T> outcome) {
            tasks.add(() -> {
                @Nullable T value = null;
                try {
                    value = task.call();
                } catch (RuntimeException e) {
                    failures.add(e);
                    outcome.done(null, e);
                    return;
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
                outcome.done(value, null);
            });
        }

        void runAll() {
            while (!tasks.isEmpty()) {
                tasks.removeFirst().run();
            }
        }
    }
}
