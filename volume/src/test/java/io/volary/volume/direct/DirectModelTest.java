package io.volary.volume.direct;

import static org.assertj.core.api.Assertions.assertThat;

import io.volary.block.BlockQueue;
import io.volary.block.BlockStatus;
import io.volary.block.IoVector;
import io.volary.linux.EventLoop;
import io.volary.linux.IoEngineKind;
import io.volary.linux.IoEngines;
import io.volary.volume.image.ImageException;
import io.volary.volume.image.ImageException.Kind;
import io.volary.volume.image.ImageLocation;
import io.volary.volume.image.MemoryImageStore;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Many requests at a time against an array of bytes, each in a range of its own; with an outage in the middle. */
class DirectModelTest {
    private static final int SLOTS = 48;
    private static final int SLOT_BYTES = 600 << 10;
    private static final int SECTOR = 512;
    private static final int STEPS = 1500;

    private final EventLoop loop = new EventLoop("test", IoEngines.open(IoEngineKind.PLAIN), System::nanoTime);
    private final ExecutorService threads = Executors.newFixedThreadPool(8);
    private final MemoryImageStore store = new MemoryImageStore();
    private final byte[] model = new byte[SLOTS * SLOT_BYTES];
    private final MemorySegment memory = Arena.ofAuto().allocate((long) SLOTS * SLOT_BYTES, 4096);
    private final boolean[] busy = new boolean[SLOTS];

    DirectModelTest() {}

    @AfterEach
    void close() {
        threads.close();
        loop.close();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void isAnArrayOfBytes(long seed) {
        var random = new SplittableRandom(seed);
        store.put("/i", new byte[model.length]);
        store.trouble(call -> {
            if (call >= 400 && call < 420) {
                throw new ImageException(Kind.UNREACHABLE, "nobody answers");
            }
        });
        var image = new DirectImage("v", new ImageLocation("memory", "/i"), store.image("/i"), model.length, 60_000);
        try (BlockQueue queue = new DirectDevice(new DirectLoop(loop, threads), image, SECTOR).openQueue(SLOTS)) {
            for (int step = 0; step < STEPS; step++) {
                int slot = random.nextInt(SLOTS);
                while (busy[slot]) {
                    loop.pass();
                    queue.poll();
                }
                start(queue, slot, random, "seed " + seed + " step " + step);
            }
            while (queue.outstanding() > 0) {
                loop.pass();
                queue.poll();
            }
        }
        assertThat(Arrays.mismatch(store.content("/i"), model))
                .as("seed %d", seed)
                .isEqualTo(-1);
    }

    private void start(BlockQueue queue, int slot, SplittableRandom random, String what) {
        int sectors = SLOT_BYTES / SECTOR;
        int first = random.nextInt(sectors);
        int count = 1 + random.nextInt(random.nextBoolean() ? Math.min(8, sectors - first) : sectors - first);
        int at = slot * SLOT_BYTES + first * SECTOR;
        int length = count * SECTOR;
        busy[slot] = true;
        var vector = new IoVector(2).add(memory, at, SECTOR).add(memory, at + SECTOR, length - SECTOR);
        int flags = random.nextInt(2);
        switch (random.nextInt(4)) {
            case 0 ->
                queue.writeZeroes(at, length, flags, status -> {
                    ended(slot, status, what);
                    Arrays.fill(model, at, at + length, (byte) 0);
                });
            case 1 -> {
                byte[] data = new byte[length];
                random.nextBytes(data);
                MemorySegment.copy(data, 0, memory, ValueLayout.JAVA_BYTE, at, length);
                queue.write(at, vector, flags, status -> {
                    ended(slot, status, what);
                    System.arraycopy(data, 0, model, at, length);
                });
            }
            default ->
                queue.read(at, vector, status -> {
                    ended(slot, status, what);
                    byte[] read = memory.asSlice(at, length).toArray(ValueLayout.JAVA_BYTE);
                    assertThat(Arrays.mismatch(read, 0, length, model, at, at + length))
                            .as(what)
                            .isEqualTo(-1);
                });
        }
    }

    private void ended(int slot, BlockStatus status, String what) {
        assertThat(status).as(what).isEqualTo(BlockStatus.OK);
        busy[slot] = false;
    }
}
