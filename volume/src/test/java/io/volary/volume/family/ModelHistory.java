package io.volary.volume.family;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** The states that the disks went through, and which of them a crash may leave. */
final class ModelHistory {
    /** From the least that a power cut leaves to the present. */
    private final List<DiskModel> states = new ArrayList<>();

    /** Whether states that a power cut cannot leave are kept all the same: what rots may be younger than they are. */
    private final boolean keepsAll;

    /** The least that the death of the process leaves: the state before the last operations with what was acknowledged of them. */
    private DiskModel acknowledged;

    /** The last state that was acknowledged as durable, and as it was when the last operations were begun. */
    private int durable;

    private int durableBefore;

    /** The last state that some record in the log tells to be durable: what is missing of it does not go unnoticed. */
    private int knownDurable;

    ModelHistory(DiskModel first, boolean keepsAll) {
        this.keepsAll = keepsAll;
        states.add(first);
        acknowledged = first;
    }

    DiskModel present() {
        return states.getLast();
    }

    /** Some operations are begun, which lead to the state that is returned: it is to be filled in. */
    DiskModel begin() {
        DiskModel after = present().copy();
        acknowledged = present().copy();
        durableBefore = durable;
        states.add(after);
        return after;
    }

    /** One of the operations that were begun is acknowledged, and with a durable one all that was before them is durable. */
    void acknowledged(Consumer<DiskModel> effect, boolean durable) {
        effect.accept(acknowledged);
        if (durable && !keepsAll) {
            states.subList(0, states.size() - 2).clear();
            effect.accept(states.getFirst());
        } else if (durable) {
            this.durable = states.size() - 2;
        }
    }

    /** What is acknowledged is a record in the log, which tells what was durable before. */
    void recordWritten() {
        knownDurable = durableBefore;
    }

    /** All operations have ended, some without success: what they have left is the present. */
    void settle(DiskModel found) {
        require(found.liesBetween(acknowledged, present()), found, "after operations that were refused");
        states.set(states.size() - 1, found);
        acknowledged = found;
    }

    /** Everything is durable. */
    void allDurable() {
        states.subList(0, states.size() - 1).clear();
        durable = 0;
        knownDurable = 0;
    }

    /** What was found after a crash is the present, and durable. */
    void adopt(DiskModel found, boolean powerFailed) {
        require(powerFailed ? mayLeave(found, 0) : found.liesBetween(acknowledged, present()), found, "after a crash");
        states.add(found);
        allDurable();
    }

    /**
     * What was found where something has rotted is some state: none before what is known to be durable, unless the family tells of
     * damage, or more has rotted, and with it perhaps what was known.
     */
    void rotten(DiskModel found, boolean mayBeOld) {
        require(mayLeave(found, mayBeOld ? 0 : knownDurable), found, "with something that has rotted");
    }

    private boolean mayLeave(DiskModel found, int first) {
        for (int i = states.size() - 1; i >= first; i--) {
            if (found.liesBetween(states.get(i), states.get(Math.min(i + 1, states.size() - 1)))) {
                return true;
            }
        }
        return false;
    }

    private void require(boolean condition, DiskModel found, String when) {
        if (!condition) {
            throw new AssertionError(when + " there is none of " + states.size() + " states:\n"
                    + found.differences(present()) + "\nand of what was acknowledged\n"
                    + found.differences(acknowledged) + "\nand of the first\n" + found.differences(states.getFirst()));
        }
    }
}
