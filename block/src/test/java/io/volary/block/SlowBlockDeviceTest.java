package io.volary.block;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class SlowBlockDeviceTest extends BlockDeviceContractTest {
    private record Alarm(long timeNanos, Runnable action) implements Comparable<Alarm> {
        @Override
        public int compareTo(Alarm other) {
            return Long.compare(timeNanos, other.timeNanos);
        }
    }

    private final PriorityQueue<Alarm> alarms = new PriorityQueue<>();
    private final SplittableRandom delays = new SplittableRandom(1);
    private long timeNanos;

    @Override
    protected BlockDevice create(long size) {
        return new SlowBlockDevice(
                new MemoryBlockDevice(size),
                (delayNanos, action) -> alarms.add(new Alarm(timeNanos + delayNanos, action)),
                () -> delays.nextLong(1, 1000));
    }

    /** Time passes to the next alarm. */
    @Override
    protected void turn() {
        Alarm next = alarms.poll();
        if (next != null) {
            timeNanos = next.timeNanos;
            next.action.run();
        }
    }

    @Test
    void completesInTheOrderOfTheDelays() {
        var order = new ArrayList<Integer>();
        for (int i = 0; i < 10; i++) {
            int number = i;
            disk.queue().flush(status -> order.add(number));
        }
        assertThat(disk.queue().poll()).isPositive();
        assertThat(order).isEmpty();
        disk.awaitIdle();
        assertThat(order)
                .hasSize(10)
                .doesNotHaveDuplicates()
                .isNotEqualTo(order.stream().sorted().toList());
        assertThat(timeNanos).isPositive();
    }
}
