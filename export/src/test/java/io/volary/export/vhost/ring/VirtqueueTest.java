package io.volary.export.vhost.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.volary.export.vhost.memory.GuestMemory;
import io.volary.export.vhost.memory.ViolationException;
import io.volary.export.vhost.ring.DriverRing.Piece;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The device's side of rings against a driver's, and against garbage. Failures name the seed that repeats them. */
class VirtqueueTest {
    private static final int SIZE = 16;
    private static final int DATA = 1 << 18;
    private static final int RAM = 1 << 20;

    /** For the data of as many requests at a time. */
    private static final int PLACES = 64;

    @ParameterizedTest
    @CsvSource({"false, false", "false, true", "true, false", "true, true"})
    void everyChainIsTakenAndGivenBackOnce(boolean packed, boolean eventIndex) {
        for (long seed = 1; seed <= 30; seed++) {
            try (var ram = new GuestRam(RAM)) {
                new Run(ram, packed, eventIndex, seed, null).run(3000, 0);
            }
        }
    }

    /** The process dies between any two steps or in the middle of giving back, and the next one goes on with what is in the inflight region. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void afterADeathEveryChainIsGivenBackOnceAndInOrder(boolean packed) {
        for (long seed = 1; seed <= 60; seed++) {
            try (var ram = new GuestRam(RAM)) {
                MemorySegment inflight = Inflight.ownRegion(new RingLayout(SIZE, packed, true, false));
                new Run(ram, packed, false, seed, inflight).run(3000, 0.02);
            }
        }
    }

    /** One run of a driver and a device with random steps. */
    private static final class Run {
        private final SplittableRandom random;
        private final RingLayout layout;
        private final DriverRing driver;
        private final GuestMemory memory;
        private final GuestRam ram;
        private final @Nullable MemorySegment inflight;
        private final boolean packed;
        private final long seed;
        private final TreeMap<Long, Chain> taken = new TreeMap<>();

        /** Given back, but not published yet. */
        private final TreeSet<Long> given = new TreeSet<>();

        private final Deque<Long> offered = new ArrayDeque<>();
        private final List<Long> outstanding = new ArrayList<>();
        private final Map<Integer, Long> stampOf = new HashMap<>();
        private Virtqueue queue;
        private long counter;
        private long stamps;

        Run(GuestRam ram, boolean packed, boolean eventIndex, long seed, @Nullable MemorySegment inflight) {
            this.ram = ram;
            this.packed = packed;
            this.seed = seed;
            this.inflight = inflight;
            random = new SplittableRandom(seed);
            layout = new RingLayout(SIZE, packed, true, eventIndex);
            driver = DriverRing.create(ram.memory(), packed, SIZE, 0, eventIndex);
            memory = ram.asGuestMemory();
            queue = start();
        }

        private Virtqueue start() {
            var ring = RingMemory.at(
                    memory, layout, driver.descriptorsAddress(), driver.driverAddress(), driver.deviceAddress());
            return Virtqueue.start(memory, layout, ring, driver.firstBase(), inflight);
        }

        void run(int steps, double death) {
            try {
                for (int i = 0; i < steps; i++) {
                    step(death);
                }
                drain();
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("seed " + seed + (packed ? " packed" : " split"), e);
            } finally {
                memory.close();
            }
        }

        private void step(double death) {
            if (random.nextDouble() < death) {
                if (random.nextBoolean()) {
                    giveInPart();
                }
                die();
            }
            switch (random.nextInt(4)) {
                case 0 -> offer();
                case 1 -> take();
                case 2 -> give();
                default -> collect();
            }
        }

        private void offer() {
            int count = 1 + random.nextInt(4);
            long stamp = ++stamps;
            if (outstanding.contains(stamp - PLACES)) {
                return;
            }
            List<Piece> pieces = new ArrayList<>();
            long at = DATA + stamp % PLACES * 4096;
            ram.memory().set(ValueLayout.JAVA_LONG, at, stamp);
            pieces.add(new Piece(at, 8, false));
            for (int i = 1; i < count; i++) {
                pieces.add(new Piece(at + i * 512L, 1 + random.nextInt(512), true));
            }
            int id = driver.offer(pieces, random.nextBoolean() ? at + 2048 : -1);
            if (id >= 0) {
                offered.add(stamp);
                outstanding.add(stamp);
                stampOf.put(id, stamp);
            }
        }

        private boolean take() {
            var chain = new Chain();
            if (!queue.peek(chain)) {
                return false;
            }
            long stamp = stampOf(chain);
            queue.take(chain, ++counter);
            assertThat(stamp).isEqualTo(offered.remove());
            taken.put(stamp, chain);
            return true;
        }

        private static long stampOf(Chain chain) {
            MemorySegment copy = MemorySegment.ofArray(new long[1]);
            chain.readable().copyTo(0, copy, 0, 8);
            return copy.get(ValueLayout.JAVA_LONG_UNALIGNED, 0);
        }

        private void give() {
            if (taken.isEmpty()) {
                return;
            }
            var stamps = List.copyOf(taken.keySet());
            long stamp = stamps.get(random.nextInt(stamps.size()));
            queue.give(Objects.requireNonNull(taken.remove(stamp)), stamp);
            given.add(stamp);
            if (packed || random.nextInt(3) == 0) {
                publish();
            }
        }

        private void publish() {
            queue.publish();
            given.clear();
        }

        private void collect() {
            int id = driver.take();
            if (id >= 0) {
                long stamp = Objects.requireNonNull(stampOf.remove(id));
                assertThat(driver.written()).isEqualTo(stamp);
                assertThat(outstanding.remove(stamp)).isTrue();
            }
        }

        /** Gives back, but for the last stores: the driver may have seen it already, and the inflight region does not say so. */
        private void giveInPart() {
            if (taken.isEmpty()) {
                return;
            }
            if (packed) {
                givePackedInPart(Objects.requireNonNull(taken.firstEntry()));
            } else {
                give();
                long usedIndex = driver.device + 2;
                driver.set16(usedIndex, driver.get16(usedIndex) + given.size());
                given.clear();
            }
        }

        private void givePackedInPart(Map.Entry<Long, Chain> first) {
            Chain chain = first.getValue();
            var noted = new PackedInflight(Objects.requireNonNull(inflight), SIZE);
            int used = noted.used();
            boolean wrap = noted.usedWrap();
            boolean laps = used + chain.slots >= SIZE;
            noted.beginReturn(chain.entry, used, wrap, (used + chain.slots) % SIZE, wrap != laps);
            if (random.nextBoolean()) {
                long at = driver.descriptors + used * (long) VirtqueueDescriptor.BYTES;
                VirtqueueDescriptor.packedUsed(ram.memory(), at, chain.id, (int) (long) first.getKey());
                int flags = wrap ? VirtqueueDescriptor.AVAILABLE | VirtqueueDescriptor.USED : 0;
                VirtqueueDescriptor.packedFlags(ram.memory(), at, flags);
                taken.remove(first.getKey());
                if (random.nextBoolean()) {
                    collect();
                }
            }
        }

        /** What had been taken and the driver has not seen come back comes again, in the order in which it had been taken. */
        private void die() {
            given.addAll(taken.keySet());
            var again = List.copyOf(given);
            taken.clear();
            given.clear();
            again.reversed().forEach(offered::addFirst);
            queue = start();
            counter = queue.lastCounter();
        }

        private void drain() {
            for (int i = 0; i < 100_000 && !outstanding.isEmpty(); i++) {
                take();
                give();
                publish();
                collect();
            }
            assertThat(outstanding).isEmpty();
        }
    }

    /** The steps of {@link SplitQueue#give} and {@link SplitQueue#publish} with the death at each place between them. */
    @Test
    void aDeathWhileSplitChainsAreGivenBackNeitherLosesNorRepeatsOne() {
        for (int stage = 0; stage < 4; stage++) {
            try (var ram = new GuestRam(RAM)) {
                MemorySegment region = Inflight.ownRegion(new RingLayout(SIZE, false, true, false));
                var layout = new RingLayout(SIZE, false, true, false);
                var driver = DriverRing.create(ram.memory(), false, SIZE, 0, false);
                GuestMemory memory = ram.asGuestMemory();
                Virtqueue queue = start(memory, layout, driver, region);
                int[] heads = new int[3];
                for (int i = 0; i < heads.length; i++) {
                    var chain = new Chain();
                    heads[i] = driver.offer(List.of(new Piece(DATA + 8L * i, 8, false)), -1);
                    assertThat(queue.peek(chain)).isTrue();
                    queue.take(chain, i + 1);
                }
                var inflight = new SplitInflight(region, SIZE);
                for (int i = 0; stage > 0 && i < 2; i++) {
                    inflight.beginReturn(heads[i]);
                    ram.memory().set(ValueLayout.JAVA_INT, driver.device + 4 + 8L * i, heads[i]);
                }
                if (stage > 1) {
                    ram.memory().set(ValueLayout.JAVA_SHORT, driver.device + 2, (short) 2);
                }
                if (stage > 2) {
                    inflight.setInFlight(heads[0], false);
                }
                Virtqueue next = start(memory, layout, driver, region);
                int left = 0;
                for (var chain = new Chain(); next.peek(chain); next.take(chain, 4 + left)) {
                    left++;
                }
                assertThat(left).as("stage " + stage).isEqualTo(stage < 2 ? 3 : 1);
                for (int i = 0; stage > 1 && i < 2; i++) {
                    assertThat(driver.take()).isEqualTo(heads[i]);
                }
                assertThat(driver.take()).isNegative();
                memory.close();
            }
        }
    }

    @Test
    void aDeathWhileAPackedChainIsGivenBackNeitherLosesNorRepeatsIt() {
        for (int stage = 0; stage < 4; stage++) {
            try (var ram = new GuestRam(RAM)) {
                var layout = new RingLayout(SIZE, true, true, false);
                MemorySegment region = Inflight.ownRegion(layout);
                var driver = DriverRing.create(ram.memory(), true, SIZE, 0, false);
                GuestMemory memory = ram.asGuestMemory();
                Virtqueue queue = start(memory, layout, driver, region);
                var chain = new Chain();
                int id = driver.offer(List.of(new Piece(DATA, 8, false), new Piece(DATA + 8, 1, true)), -1);
                assertThat(queue.peek(chain)).isTrue();
                queue.take(chain, 1);
                var inflight = new PackedInflight(region, SIZE);
                if (stage > 0) {
                    inflight.beginReturn(chain.entry, 0, true, 2, true);
                }
                if (stage > 1) {
                    VirtqueueDescriptor.packedUsed(ram.memory(), 0, id, 1);
                    VirtqueueDescriptor.packedFlags(ram.memory(), 0, 0x8080);
                }
                if (stage > 2) {
                    // The driver has seen it, and has gone all round the ring meanwhile.
                    assertThat(driver.take()).isEqualTo(id);
                    VirtqueueDescriptor.packedFlags(ram.memory(), 0, 0x8000);
                }
                Virtqueue next = start(memory, layout, driver, region);
                assertThat(next.peek(new Chain())).as("stage " + stage).isEqualTo(stage < 2);
                memory.close();
            }
        }
    }

    private static Virtqueue start(GuestMemory memory, RingLayout layout, DriverRing driver, MemorySegment region) {
        var ring = RingMemory.at(
                memory, layout, driver.descriptorsAddress(), driver.driverAddress(), driver.deviceAddress());
        return Virtqueue.start(memory, layout, ring, driver.firstBase(), region);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aRingLargerThanItsInflightRegionIsRefused(boolean packed) {
        try (var ram = new GuestRam(RAM)) {
            GuestMemory memory = ram.asGuestMemory();
            var layout = new RingLayout(SIZE, packed, true, true);
            var driver = DriverRing.create(ram.memory(), packed, SIZE, 0, true);
            MemorySegment region = Inflight.ownRegion(layout);
            assertThat(start(memory, layout, driver, region).isRecovered()).isTrue();
            for (long bytes = 0; bytes < region.byteSize(); bytes += InflightLayout.ALIGNMENT) {
                MemorySegment small = region.asSlice(0, bytes);
                assertThatThrownBy(() -> start(memory, layout, driver, small))
                        .isInstanceOf(ViolationException.class)
                        .hasMessageContaining("no room");
            }
            memory.close();
        }
    }
}
