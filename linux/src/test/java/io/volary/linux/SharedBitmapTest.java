package io.volary.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.BitSet;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SharedBitmapTest {
    @Test
    void setsWhatItIsAskedToAndNothingElse() {
        var random = new SplittableRandom(1);
        try (Arena arena = Arena.ofConfined();
                var file = SharedDescriptor.memory("bitmap", 8192, false);
                var bitmap = new SharedBitmap(file, 4, 100)) {
            MemorySegment all = file.map(arena, 0, 8192);
            assertThat(bitmap.bits()).isEqualTo(800);
            for (int i = 0; i < 3000; i++) {
                all.fill((byte) 0);
                var expected = new BitSet();
                for (int j = random.nextInt(4); j >= 0; j--) {
                    int first = random.nextInt(800);
                    int last = Math.min(799, first + (random.nextBoolean() ? 0 : random.nextInt(200)));
                    assertThat(bitmap.set(first, last)).isTrue();
                    expected.set(32 + first, 32 + last + 1);
                }
                assertThat(BitSet.valueOf(all.toArray(JAVA_BYTE))).isEqualTo(expected);
            }
        }
    }

    @Test
    void refusesWhatItHasNot() {
        try (var file = SharedDescriptor.memory("bitmap", 3, false);
                var bitmap = new SharedBitmap(file, 0, 3)) {
            assertThat(bitmap.set(23, 23)).isTrue();
            assertThatThrownBy(() -> bitmap.set(23, 24)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> bitmap.set(-1, 0)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> new SharedBitmap(file, 2, 1)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> new SharedBitmap(file, 0, 4)).isInstanceOf(LinuxException.class);
        }
    }

    /** Two threads set bits of the same words while a third takes whole words out, as the front-end of a migration does. */
    @Test
    void losesNothingWhileOthersSetAndClear() {
        int bits = 256;
        int rounds = 40_000;
        try (Arena arena = Arena.ofShared();
                var file = SharedDescriptor.memory("bitmap", 4096, false);
                var one = new SharedBitmap(file, 0, bits / 8);
                var two = new SharedBitmap(file, 0, bits / 8)) {
            MemorySegment data = arena.allocate(bits * 8L, 8);
            MemorySegment words = file.map(arena, 0, bits / 8);
            var odd = CompletableFuture.runAsync(() -> write(one, data, 1, rounds));
            var even = CompletableFuture.runAsync(() -> write(two, data, 0, rounds));
            long[] seen = new long[bits];
            boolean ended;
            do {
                ended = odd.isDone() && even.isDone();
                take(words, data, seen);
            } while (!ended);
            odd.join();
            even.join();
            assertThat(IntStream.range(0, bits).filter(i -> seen[i] != data.getAtIndex(JAVA_LONG, i)))
                    .as("bits whose last mark was lost")
                    .isEmpty();
        }
    }

    /** Changes a number and then marks it, again and again. */
    private static void write(SharedBitmap bitmap, MemorySegment data, int parity, int rounds) {
        var random = new SplittableRandom(parity);
        for (int i = 1; i <= rounds; i++) {
            int bit = random.nextInt((int) bitmap.bits() / 2) * 2 + parity;
            data.setAtIndex(JAVA_LONG, bit, i);
            bitmap.set(bit, bit);
        }
    }

    /** Takes the marks, and notes what has been written by then. */
    private static void take(MemorySegment words, MemorySegment data, long[] seen) {
        VarHandle handle = JAVA_LONG.varHandle();
        for (int word = 0; word < seen.length / Long.SIZE; word++) {
            long marks = (long) handle.getAndSet(words, word * 8L, 0L);
            for (; marks != 0; marks &= marks - 1) {
                int bit = word * Long.SIZE + Long.numberOfTrailingZeros(marks);
                seen[bit] = data.getAtIndex(JAVA_LONG, bit);
            }
        }
    }

    /** Interpreted and compiled code alike. */
    @Test
    void survivesThatTheMemoryGoes() {
        for (int i = 0; i < 200; i++) {
            try (var file = SharedDescriptor.memory("bitmap", 8192, false);
                    var bitmap = new SharedBitmap(file, 0, 8192)) {
                for (long bit = 0; bit < 200; bit++) {
                    assertThat(bitmap.set(bit * 300, bit * 300)).isTrue();
                }
                file.resize(4096);
                assertThat(bitmap.set(4096 * 8, 4096 * 8)).isFalse();
                assertThat(bitmap.set(5, 5)).isTrue();
                file.resize(0);
                assertThat(bitmap.set(5, 5)).isFalse();
            }
        }
    }
}
