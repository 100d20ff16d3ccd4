package io.volary.volume.family;

import io.volary.volume.format.SegmentHeader;
import io.volary.volume.store.CrashPoint;
import io.volary.volume.store.DiskOperationKind;
import io.volary.volume.store.FaultPlan;
import java.util.random.RandomGenerator;

/**
 * Where the crashes of a run fall. Most operations of the disk are reads and writes: each run also looks for one point that its
 * seed says, and neighbouring runs for others, so that the rare ones have their share. One is rare because it takes two crashes:
 * a start syncs the log only if that changes more nodes than the cache holds, and then only before the checkpoint on its way.
 */
final class CrashChoice {
    private static final int SOON = 12;
    private static final int LATER = 150;

    /** The point may come only with a checkpoint, or with a collection. */
    private static final int MANY_BATCHES = 24;

    private static final int FEW_BATCHES = 6;

    /** One crash at work in this many. */
    private static final int LONG_REPLAYS = 24;

    private static final CrashPoint CHECKPOINT_ENDS = new CrashPoint(DiskOperationKind.PUT_MANIFEST, null);
    private static final CrashPoint REPLAY_PAUSES = new CrashPoint(DiskOperationKind.SYNC, SegmentHeader.Kind.LOG);

    private final RandomGenerator random;
    private final CrashPoint sought;
    private boolean longReplay;

    CrashChoice(long seed, RandomGenerator random) {
        this.random = random;
        long number = Math.floorDiv(seed, Crashes.values().length); // the rest of it says which kind of crash it is
        this.sought = CrashPoint.ALL.get((int) Math.floorMod(number, (long) CrashPoint.ALL.size()));
    }

    /** Has the disk die at some operation at work. @return in how many batches that may be, beside the one that is under way */
    int plan(FaultPlan faults) {
        longReplay = random.nextInt(LONG_REPLAYS) == 0;
        if (longReplay) {
            faults.crashAt(CHECKPOINT_ENDS, 1);
            return random.nextInt(FEW_BATCHES);
        }
        return planAny(faults);
    }

    /**
     * Whether the crash that was planned is to leave more to be replayed than the cache holds: much has to be written for that, and
     * a start to follow.
     */
    boolean longReplay() {
        return longReplay;
    }

    /** Has it die in a start, or soon after. */
    void planInStart(FaultPlan faults) {
        if (longReplay) {
            longReplay = false;
            faults.crashAt(REPLAY_PAUSES, 1);
        } else {
            planAny(faults);
        }
    }

    private int planAny(FaultPlan faults) {
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
