package io.volary.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class BootClockTest {
    private final BootClock clock = new BootClock();

    @Test
    void countsFromTheStartOfTheMachine() throws Exception {
        double uptimeSeconds =
                Double.parseDouble(Files.readString(Path.of("/proc/uptime")).split(" ", -1)[0]);

        assertThat(clock.getAsLong() / 1e9).isBetween(uptimeSeconds - 0.1, uptimeSeconds + 10);
    }

    @Test
    void goesAsTheOtherClockWhileNothingIsSuspended() throws Exception {
        long nanos = System.nanoTime();
        long bootNanos = clock.getAsLong();
        Thread.sleep(50);

        long passed = clock.getAsLong() - bootNanos;
        assertThat(passed).isBetween(50_000_000L, System.nanoTime() - nanos);
    }
}
