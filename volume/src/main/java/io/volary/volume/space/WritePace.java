package io.volary.volume.space;

/**
 * Slows guests' writes down where garbage collection cannot keep up with them: to its own pace, and the less room there is left for garbage
 * the further, so that they settle there and need not stop in between. Confined to the loop's thread.
 */
public final class WritePace {
    /** The collector's pace is averaged over about this time: longer than the checkpoints that it waits for. */
    private static final double AVERAGE_NANOS = 1e9;

    /** Writes go on at this pace whatever happens, in blocks a nanosecond: 8 MiB a second. */
    private static final double LEAST_PER_NANO = 2048e-9;

    /** The part of the collector's pace that writes get where there is too much garbage already: it becomes less all the same. */
    private static final double LEAST_PART = 0.5;

    /** Blocks that may be written at once after a pause. */
    private static final double BURST_BLOCKS = 64;

    /** When the credit is used up, writes go on with so much: together, as a record has a header whatever is in it. */
    private static final double GATHERED_BLOCKS = 32;

    /** What those behind a large write wait for, in blocks: at the least pace a second. */
    private static final double MOST_DEBT_BLOCKS = 2048;

    /** How often the pace is set when writes wait for it. */
    private static final double TICK_NANOS = 2e6;

    private final SpaceBudget budget;
    private final GarbageCollector collector;
    private double credit = BURST_BLOCKS;
    private boolean limited;
    private boolean gathering;
    private long lastNanos;
    private long lastWon;
    private double wonPerNano;

    public WritePace(SpaceBudget budget, GarbageCollector collector) {
        this.budget = budget;
        this.collector = collector;
    }

    /** Time has passed. */
    public void tick(long nanos) {
        long elapsed = Math.max(0, nanos - lastNanos);
        lastNanos = nanos;
        long won = collector.wonBlocks();
        wonPerNano = (wonPerNano * AVERAGE_NANOS + Math.max(0, won - lastWon)) / (AVERAGE_NANOS + elapsed);
        lastWon = won;
        // 1 half-way from where the collector begins to the bound; 0 at the bound.
        double room = 2.0 * budget.headroom() / budget.fullHeadroom();
        limited = room < 1 && collector.helps();
        if (limited) {
            double perNano = Math.max(LEAST_PER_NANO, wonPerNano * Math.max(LEAST_PART, room / (1 - room)));
            credit = Math.min(credit + elapsed * perNano, BURST_BLOCKS + TICK_NANOS * perNano);
        } else {
            credit = BURST_BLOCKS;
        }
        gathering &= credit < GATHERED_BLOCKS;
    }

    /** Whether another write may go on now; else it is to be asked again in a moment. */
    public boolean admits() {
        return !gathering;
    }

    /** So many blocks have been written. */
    public void spend(long blocks) {
        credit = Math.max(credit - blocks, -MOST_DEBT_BLOCKS);
        gathering = limited && credit <= 0;
    }
}
