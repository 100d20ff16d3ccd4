package io.volary.volume.family;

import io.volary.volume.store.CrashPoint;
import io.volary.volume.store.FaultPlan;
import java.util.random.RandomGenerator;

/**
 * Where the crashes of a run fall. Most operations of the disk are reads and writes: each run also looks for one point that its
 * seed says, and neighbouring runs for others, so that the rare ones have their share.
 */
final class CrashChoice {
    private static final int SOON = 12;
    private static final int LATER = 150;

    /** The point may come only with a checkpoint, or with a collection. */
    private static final int MANY_BATCHES = 24;

    private static final int FEW_BATCHES = 6;

    private final RandomGenerator random;
    private final CrashPoint sought;

    CrashChoice(long seed, RandomGenerator random) {
        this.random = random;
        long number = Math.floorDiv(seed, Crashes.values().length); // the rest of it says which kind of crash it is
        this.sought = CrashPoint.ALL.get((int) Math.floorMod(number, (long) CrashPoint.ALL.size()));
    }

    /** Has the disk die at some operation. @return in how many batches that may be, beside the one that is under way */
    int plan(FaultPlan faults) {
        switch (random.nextInt(6)) {
            case 0 -> faults.crashAt(1 + random.nextInt(SOON));
            case 1 -> faults.crashAt(1 + random.nextInt(LATER));
            case 2 -> faults.crashAt(CrashPoint.ALL.get(random.nextInt(CrashPoint.ALL.size())), first());
            default -> {
                faults.crashAt(sought, first());
                return random.nextInt(MANY_BATCHES);
            }
        }
        return random.nextInt(FEW_BATCHES);
    }

    /** Mostly the next one: some come only once, as when the family is closed. */
    private int first() {
        return 1 + random.nextInt(1 + random.nextInt(3));
    }
}
