package io.volary.export.nbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BufferPoolTest {
    private static final long LIMIT = 64 << 10;

    private final BufferPool pool = new BufferPool(LIMIT);

    @AfterEach
    void close() {
        pool.close();
        assertThat(pool.retained()).isZero();
    }

    @Test
    void handsOutPowersOfTwo() {
        int[][] sizes = {{1, 4096}, {4096, 4096}, {4097, 8192}, {100_000, 131_072}, {32 << 20, 32 << 20}};
        for (int[] pair : sizes) {
            BufferPool.Buffer buffer = pool.acquire(pair[0]);
            assertThat(buffer.capacity()).isEqualTo(pair[1]);
            assertThat(buffer.memory().byteSize()).isEqualTo(BufferPool.HEADROOM + pair[1]);
            pool.release(buffer);
        }
        assertThat(pool.used()).isZero();
    }

    @Test
    void refusesImpossibleSizes() {
        assertThatThrownBy(() -> pool.acquire(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> pool.acquire((32 << 20) + 1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void usesABufferAgain() {
        BufferPool.Buffer first = pool.acquire(4096);
        assertThat(pool.used()).isEqualTo(4096);
        pool.release(first);
        assertThat(pool.retained()).isEqualTo(4096);
        assertThat(pool.acquire(1000)).isSameAs(first);
        assertThat(pool.retained()).isZero();
    }

    @Test
    void keepsNoMoreThanItsLimit() {
        BufferPool.Buffer large = pool.acquire(1 << 20);
        BufferPool.Buffer half = pool.acquire((int) LIMIT / 2);
        pool.release(half);
        pool.release(large);
        assertThat(pool.retained()).isEqualTo(LIMIT / 2);
        assertThat(large.memory().scope().isAlive()).isFalse();
        assertThat(half.memory().scope().isAlive()).isTrue();
    }
}
