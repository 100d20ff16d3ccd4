package io.volary.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.volary.block.ExtentList.Kind;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@link BlockDevice} and {@link BlockQueue} promise. Every implementation passes it. */
public abstract class BlockDeviceContractTest {
    protected static final int SIZE = 1 << 20;
    private static final int DEPTH = 16;

    protected BlockDevice device;
    protected QueueDriver disk;
    private int block;
    private int preferred;

    /** A fresh device of {@code size} bytes that was never written. */
    protected abstract BlockDevice create(long size);

    /** Whether it takes discards, and knows what was never written. One that does not says so, and that all is data. */
    protected boolean isThin() {
        return true;
    }

    /** Lets the device do its background work; the place for a pass of an event loop. */
    protected void turn() {}

    @BeforeEach
    void open() {
        device = create(SIZE);
        disk = new QueueDriver(device.openQueue(DEPTH), this::turn);
        block = device.blockSize();
        preferred = device.preferredBlockSize();
    }

    @AfterEach
    void closeQueue() {
        disk.close();
    }

    @Test
    void describesItself() {
        assertThat(device.size()).isEqualTo(SIZE);
        assertThat(Integer.bitCount(block)).isEqualTo(1);
        assertThat(Integer.bitCount(preferred)).isEqualTo(1);
        assertThat(preferred).isGreaterThanOrEqualTo(block);
        assertThat(device.readOnly()).isFalse();
    }

    @Test
    void readsZeroesWhereNothingWasWritten() {
        assertThat(read(0, SIZE)).isEqualTo(new byte[SIZE]);
    }

    @Test
    void readsWhatWasWritten() {
        byte[] data = random(1, 3 * block);
        assertThat(disk.write(5L * block, data, WriteFlags.NONE)).isEqualTo(BlockStatus.OK);
        byte[] expected = new byte[SIZE];
        System.arraycopy(data, 0, expected, 5 * block, data.length);
        assertThat(read(0, SIZE)).isEqualTo(expected);
    }

    @Test
    void writesTheFirstAndTheLastBlock() {
        byte[] data = random(2, block);
        assertThat(disk.write(0, data, WriteFlags.FUA)).isEqualTo(BlockStatus.OK);
        assertThat(disk.write(SIZE - block, data, WriteFlags.FUA)).isEqualTo(BlockStatus.OK);
        assertThat(read(0, block)).isEqualTo(data);
        assertThat(read(SIZE - block, block)).isEqualTo(data);
    }

    @Test
    void scattersAndGathers() {
        try (var arena = Arena.ofShared()) {
            MemorySegment memory = arena.allocate(4L * preferred, 4096);
            byte[] data = random(3, 2 * preferred);
            MemorySegment.copy(data, 0, memory, ValueLayout.JAVA_BYTE, 0, data.length);
            var source = new IoVector(3);
            source.add(memory, 0, 100).add(memory, 100, block).add(memory, 100L + block, data.length - 100 - block);
            assertThat(disk.run(c -> disk.queue().write(0, source, 0, c))).isEqualTo(BlockStatus.OK);

            var target = new IoVector(2);
            target.add(memory, 3L * preferred, preferred).add(memory, 2L * preferred, preferred);
            assertThat(disk.run(c -> disk.queue().read(0, target, c))).isEqualTo(BlockStatus.OK);
            byte[] swapped = memory.asSlice(2L * preferred).toArray(ValueLayout.JAVA_BYTE);
            assertThat(Arrays.copyOfRange(swapped, preferred, 2 * preferred)).isEqualTo(Arrays.copyOf(data, preferred));
            assertThat(Arrays.copyOf(swapped, preferred)).isEqualTo(Arrays.copyOfRange(data, preferred, 2 * preferred));
        }
    }

    @Test
    void refusesRangesThatAreNotItsOwnAndChangesNothing() {
        byte[] data = random(4, SIZE);
        assertThat(disk.write(0, data, WriteFlags.NONE)).isEqualTo(BlockStatus.OK);
        long[][] ranges = {
            {SIZE, block},
            {SIZE - block, 2L * block},
            {block > 1 ? 1 : SIZE, block}, // a device whose unit is the byte takes any other
            {0, block - 1},
            {-block, block},
            {Long.MAX_VALUE - block + 1, block}
        };
        for (long[] range : ranges) {
            refused(range[0], (int) range[1]);
        }
        assertThat(read(0, SIZE)).isEqualTo(data);
    }

    private void refused(long offset, int length) {
        byte[] other = random(5, length);
        String range = offset + "+" + length;
        assertThat(disk.read(offset, other)).as("read %s", range).isEqualTo(BlockStatus.INVALID_RANGE);
        assertThat(disk.write(offset, other, 0)).as("write %s", range).isEqualTo(BlockStatus.INVALID_RANGE);
        assertThat(disk.discard(offset, length)).as("discard %s", range).isEqualTo(BlockStatus.INVALID_RANGE);
        assertThat(disk.writeZeroes(offset, length, 0)).as("zero %s", range).isEqualTo(BlockStatus.INVALID_RANGE);
        assertThat(disk.extents(offset, length, new ExtentList(4)))
                .as("extents %s", range)
                .isEqualTo(BlockStatus.INVALID_RANGE);
    }

    @Test
    void refusesRangesThatOverflow() {
        assertThat(disk.discard(block, Long.MAX_VALUE - block + 1)).isEqualTo(BlockStatus.INVALID_RANGE);
        assertThat(disk.writeZeroes(block, Long.MAX_VALUE - block + 1, 0)).isEqualTo(BlockStatus.INVALID_RANGE);
        assertThat(disk.discard(0, -block)).isEqualTo(BlockStatus.INVALID_RANGE);
    }

    @Test
    void discardZeroesWholePreferredBlocksAndLeavesTheRest() {
        byte[] data = random(6, 4 * preferred);
        assertThat(disk.write(0, data, 0)).isEqualTo(BlockStatus.OK);
        long offset = preferred == block ? preferred : preferred - block;
        if (!isThin()) {
            assertThat(disk.discard(offset, 2L * preferred)).isEqualTo(BlockStatus.UNSUPPORTED);
            assertThat(read(0, data.length)).isEqualTo(data);
            return;
        }
        assertThat(disk.discard(offset, 2L * preferred)).isEqualTo(BlockStatus.OK);
        byte[] expected = data.clone();
        int whole = preferred == block ? 2 : 1;
        Arrays.fill(expected, preferred, preferred + whole * preferred, (byte) 0);
        assertThat(read(0, data.length)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, WriteFlags.FUA, WriteFlags.NO_HOLE, WriteFlags.FUA | WriteFlags.NO_HOLE})
    void writesZeroes(int flags) {
        byte[] data = random(7, 4 * preferred);
        assertThat(disk.write(0, data, 0)).isEqualTo(BlockStatus.OK);
        assertThat(disk.writeZeroes(block, 3L * preferred, flags)).isEqualTo(BlockStatus.OK);
        Arrays.fill(data, block, block + 3 * preferred, (byte) 0);
        assertThat(read(0, data.length)).isEqualTo(data);
    }

    @Test
    void zeroesFastOrNotAtAll() {
        byte[] data = random(8, 2 * preferred);
        assertThat(disk.write(0, data, 0)).isEqualTo(BlockStatus.OK);
        BlockStatus status = disk.writeZeroes(0, data.length, WriteFlags.FAST_ZERO);
        assertThat(status).isIn(BlockStatus.OK, BlockStatus.UNSUPPORTED);
        assertThat(read(0, data.length)).isEqualTo(status == BlockStatus.OK ? new byte[data.length] : data);
    }

    @Test
    void tellsDataFromHoles() {
        assertThat(disk.write(2L * preferred, random(9, preferred), 0)).isEqualTo(BlockStatus.OK);
        var list = new ExtentList(8);
        assertThat(disk.extents(0, SIZE, list)).isEqualTo(BlockStatus.OK);
        if (!isThin()) {
            assertThat(list.kind(0)).isEqualTo(Kind.DATA);
            assertThat(list.length(0)).isEqualTo(SIZE);
            return;
        }
        assertThat(list.kind(0)).isEqualTo(Kind.HOLE);
        assertThat(list.length(0)).isEqualTo(2L * preferred);
        assertThat(list.kind(1)).isEqualTo(Kind.DATA);
    }

    @Test
    void extentsStayWithinTheRangeAndTheList() {
        for (int i = 0; i < 16; i += 2) {
            assertThat(disk.write((long) i * preferred, random(i, preferred), 0))
                    .isEqualTo(BlockStatus.OK);
        }
        var one = new ExtentList(1);
        assertThat(disk.extents(0, SIZE, one)).isEqualTo(BlockStatus.OK);
        assertThat(one.count()).isEqualTo(1);
        var list = new ExtentList(64);
        assertThat(disk.extents(block, 3L * preferred, list)).isEqualTo(BlockStatus.OK);
        assertThat(list.count()).isPositive();
        assertThat(list.totalLength()).isBetween(1L, 3L * preferred);
    }

    @Test
    void completesOnlyFromPoll() {
        var order = new ArrayList<BlockStatus>();
        disk.queue().flush(order::add);
        disk.queue().flush(order::add);
        assertThat(order).isEmpty();
        assertThat(disk.queue().outstanding()).isEqualTo(2);
        disk.awaitIdle();
        assertThat(order).containsExactly(BlockStatus.OK, BlockStatus.OK);
        assertThat(disk.queue().poll()).isZero();
    }

    @Test
    void takesNewOperationsFromACompletionEvenAtFullDepth() {
        int[] left = {1000};
        Completion again = new Completion() {
            @Override
            public void complete(BlockStatus status) {
                assertThat(status).isEqualTo(BlockStatus.OK);
                if (left[0]-- > 0) {
                    disk.queue().flush(this);
                }
            }
        };
        for (int i = 0; i < DEPTH; i++) {
            disk.queue().flush(again);
        }
        disk.awaitIdle();
        assertThat(left[0]).isEqualTo(-DEPTH);
    }

    @Test
    void refusesMoreThanItsDepth() {
        for (int i = 0; i < DEPTH; i++) {
            disk.queue().flush(status -> {});
        }
        assertThatThrownBy(() -> disk.queue().flush(status -> {})).isInstanceOf(IllegalStateException.class);
        disk.awaitIdle();
    }

    @Test
    void refusesToCloseWithSomethingOutstanding() {
        disk.queue().flush(status -> {});
        assertThatThrownBy(() -> disk.queue().close()).isInstanceOf(IllegalStateException.class);
        disk.awaitIdle();
    }

    @Test
    void completedWritesAreSeenThroughEveryQueue() {
        byte[] data = random(10, preferred);
        try (var other = new QueueDriver(device.openQueue(1), this::turn)) {
            assertThat(disk.write(0, data, 0)).isEqualTo(BlockStatus.OK);
            byte[] seen = new byte[preferred];
            assertThat(other.read(0, seen)).isEqualTo(BlockStatus.OK);
            assertThat(seen).isEqualTo(data);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void behavesLikeAnArrayOfBytes(long seed) {
        var random = new SplittableRandom(seed);
        byte[] model = new byte[SIZE];
        for (int step = 0; step < 300; step++) {
            randomStep(random, model);
        }
        assertThat(read(0, SIZE)).as("seed %d", seed).isEqualTo(model);
        assertExtentsTellTheTruth(model);
    }

    private void randomStep(SplittableRandom random, byte[] model) {
        int blocks = SIZE / block;
        int first = random.nextInt(blocks);
        int count = 1 + random.nextInt(Math.min(blocks - first, 64));
        int from = first * block;
        int length = count * block;
        int kind = random.nextInt(5);
        switch (kind == 3 && !isThin() ? 4 : kind) {
            case 0, 1 -> {
                byte[] data = random(random.nextLong(), length);
                assertThat(disk.write(from, data, random.nextInt(2))).isEqualTo(BlockStatus.OK);
                System.arraycopy(data, 0, model, from, length);
            }
            case 2 -> {
                assertThat(disk.writeZeroes(from, length, random.nextInt(4))).isEqualTo(BlockStatus.OK);
                Arrays.fill(model, from, from + length, (byte) 0);
            }
            case 3 -> {
                assertThat(disk.discard(from, length)).isEqualTo(BlockStatus.OK);
                int start = (from + preferred - 1) / preferred * preferred;
                int end = (from + length) / preferred * preferred;
                Arrays.fill(model, start, Math.max(start, end), (byte) 0);
            }
            default -> assertThat(read(from, length)).isEqualTo(Arrays.copyOfRange(model, from, from + length));
        }
    }

    private void assertExtentsTellTheTruth(byte[] model) {
        var list = new ExtentList(7);
        long at = 0;
        while (at < SIZE) {
            assertThat(disk.extents(at, SIZE - at, list)).isEqualTo(BlockStatus.OK);
            for (int i = 0; i < list.count(); i++) {
                if (list.kind(i) != Kind.DATA) {
                    byte[] part = Arrays.copyOfRange(model, (int) at, (int) (at + list.length(i)));
                    assertThat(part).isEqualTo(new byte[part.length]);
                }
                at += list.length(i);
            }
        }
        assertThat(at).isEqualTo(SIZE);
    }

    protected byte[] read(long offset, int length) {
        byte[] data = new byte[length];
        assertThat(disk.read(offset, data)).isEqualTo(BlockStatus.OK);
        return data;
    }

    protected static byte[] random(long seed, int length) {
        byte[] data = new byte[length];
        new SplittableRandom(seed).nextBytes(data);
        return data;
    }
}
