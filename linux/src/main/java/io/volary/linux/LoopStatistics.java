package io.volary.linux;

/**
 * A reading of an {@link EventLoop}'s counters.
 *
 * @param busyRatio the share of the last seconds that the loop spent working, 0 to 1
 * @param polls passes since the start
 * @param sleeps times the loop went to sleep in the kernel
 * @param longPasses passes that took longer than 5 ms
 * @param longestPassNanos the longest of them
 */
public record LoopStatistics(double busyRatio, long polls, long sleeps, long longPasses, long longestPassNanos) {}
