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
        states.add(after);
        return after;
    }

    /** One of the operations that were begun is acknowledged, and with a durable one all that was before them is durable. */
    void acknowledged(Consumer<DiskModel> effect, boolean durable) {
        effect.accept(acknowledged);
        if (durable && !keepsAll) {
            states.subList(0, states.size() - 2).clear();
            effect.accept(states.getFirst());
        }
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
    }

    /** What was found after a crash is the present, and durable. */
    void adopt(DiskModel found, boolean powerFailed) {
        require(powerFailed ? mayLeave(found) : found.liesBetween(acknowledged, present()), found, "after a crash");
        states.clear();
        states.add(found);
    }

    /** What was found, with what rotted, is the present; or, if the family tells of damage, some earlier state. */
    void rotten(DiskModel found, boolean damaged) {
        boolean possible = damaged ? mayLeave(found) : found.liesBetween(present(), present());
        require(possible, found, damaged ? "with damage that is told of" : "with rotten bytes");
    }

    private boolean mayLeave(DiskModel found) {
        for (int i = states.size() - 1; i >= 0; i--) {
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
