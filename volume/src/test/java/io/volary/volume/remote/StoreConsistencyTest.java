package io.volary.volume.remote;

import static org.assertj.core.api.Assertions.assertThat;

import io.volary.linux.EventLoop;
import io.volary.linux.IoEngineKind;
import io.volary.linux.IoEngines;
import io.volary.volume.EngineOptions;
import io.volary.volume.pool.Volume;
import io.volary.volume.pool.VolumeIo;
import io.volary.volume.pool.VolumePool;
import io.volary.volume.store.StoreException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whenever the machine is lost: what the store has is what the volume was after some write, and nothing of what came later. A guest overwrites
 * a small volume, so that segments die, and are collected, while they are on their way to the store.
 */
class StoreConsistencyTest {
    private static final EngineOptions OPTIONS = new EngineOptions(1 << 20, 8 << 20, 1 << 20, 0, 70, 2 << 20, null);
    private static final TieredOptions TIERED = new TieredOptions(1 << 30, 1 << 30, 10, 0, 0, 256 << 10);
    private static final int BLOCK = 4096;
    private static final int BLOCKS = 512;
    private static final int MOST_BLOCKS = 16;

    @TempDir
    Path directory;

    private final MemoryObjectStore remote = new MemoryObjectStore();
    private final FailingObjectStore link = new FailingObjectStore(remote);
    private final EventLoop loop = new EventLoop("guest", IoEngines.open(IoEngineKind.PLAIN), System::nanoTime).start();
    private final EventLoop otherLoop =
            new EventLoop("other", IoEngines.open(IoEngineKind.PLAIN), System::nanoTime).start();
    private final Random random = new Random(4730);
    private int writes;

    /** The blocks of each write, so that the volume after any of them can be told. */
    private final int[][] history = new int[1 << 20][];

    @AfterEach
    void close() {
        loop.close();
        otherLoop.close();
    }

    private void write(Volume volume) {
        int count = 1 + random.nextInt(MOST_BLOCKS);
        int first = random.nextInt(BLOCKS - count);
        writes++;
        history[writes] = new int[] {first, count};
        byte[] data = new byte[count * BLOCK];
        for (int at = 0; at < data.length; at += Integer.BYTES) {
            ByteBuffer.wrap(data).putInt(at, writes);
        }
        VolumeIo.write(volume, (long) first * BLOCK, data);
        if (random.nextInt(8) == 0) {
            VolumeIo.run(loop, volume.device(), (queue, done) -> queue.flush(done));
        }
    }

    /** What another machine finds. @return the write up to which that goes */
    private int takeOver(int number) throws Exception {
        Path place = Files.createDirectories(directory.resolve("machine" + number));
        MemoryObjectStore copy = remote.copy();
        copy.list("owners/").forEach(owner -> copy.delete(owner.name())); // nobody is to be waited for
        try (var stores = new TieredStores(copy, place, TIERED);
                VolumePool pool = VolumePool.open(place, OPTIONS, stores, List.of(otherLoop))) {
            assertThat(pool.damaged()).isEmpty();
            byte[] found = VolumeIo.read(pool.volume("v"), 0, BLOCKS * BLOCK);
            int newest = 0;
            for (int block = 0; block < BLOCKS; block++) {
                newest = Math.max(newest, ByteBuffer.wrap(found).getInt(block * BLOCK));
            }
            int[] before = stampsAfter(newest - 1); // of the last write some blocks may be there, as after a power cut
            int[] after = stampsAfter(newest);
            for (int at = 0; at < found.length; at += Integer.BYTES) {
                assertThat(ByteBuffer.wrap(found).getInt(at)).isIn(before[at / BLOCK], after[at / BLOCK]);
            }
            return newest;
        }
    }

    private int[] stampsAfter(int write) {
        int[] after = new int[BLOCKS];
        for (int i = 1; i <= write; i++) {
            Arrays.fill(after, history[i][0], history[i][0] + history[i][1], i);
        }
        return after;
    }

    private void slowDown(double failures) {
        var chance = new Random(4731);
        link.before(call -> {
            long millis;
            boolean fails;
            synchronized (chance) {
                millis = chance.nextInt(40);
                fails = chance.nextDouble() < failures;
            }
            try {
                Thread.sleep(millis);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            if (fails) {
                throw new StoreException(StoreException.Kind.IO_ERROR, call + ": the store is away for a moment");
            }
        });
    }

    private void loseMachines(int count, double failures) throws Exception {
        Path place = Files.createDirectories(directory.resolve("one"));
        try (var stores = new TieredStores(link, place, TIERED);
                VolumePool pool = VolumePool.open(place, OPTIONS, stores, List.of(loop))) {
            Volume volume = pool.create("v", (long) BLOCKS * BLOCK);
            write(volume);
            for (int i = 0; i < 500 && stores.behindBytes() > 0; i++) {
                Thread.sleep(20);
            }
            slowDown(failures);
            int before = 1;
            int first = 0;
            for (int machine = 0; machine < count; machine++) {
                long until = System.nanoTime() + 300_000_000;
                while (System.nanoTime() < until) {
                    write(volume);
                }
                int found = takeOver(machine);
                assertThat(found).isBetween(before, writes);
                before = found;
                first = machine == count / 4 ? found : first;
            }
            assertThat(before).as("uploads go on under load").isGreaterThan(first);
            link.before(call -> {});
        }
        assertThat(takeOver(count)).isEqualTo(writes);
    }

    @Test
    void anyMachineFindsWhatTheVolumeWas() throws Exception {
        loseMachines(25, 0);
    }

    @Test
    void alsoWhenCallsFail() throws Exception {
        loseMachines(25, 0.01);
    }
}
