package io.volary.volume.family;

import java.util.ArrayList;
import java.util.List;

/** The states that what is on a store may be of: who has lost the machine finds one of them. */
final class StoreHistory {
    /** From the oldest that may be there to the present. */
    private List<DiskModel> states = new ArrayList<>();

    /** What came after the state that the last machine found; it may be found yet, until that machine has put something. */
    private List<DiskModel> abandoned = List.of();

    StoreHistory(DiskModel first) {
        states.add(first.copy());
    }

    /** How many states are possible. */
    int size() {
        return states.size() + abandoned.size();
    }

    /** All that was asked for so far has led there, or may have. */
    void reached(DiskModel state) {
        states.add(state.copy());
    }

    /** All of the present is on the store. */
    void stored() {
        states.subList(0, states.size() - 1).clear();
        begun();
    }

    /** The machine that was opened last has put something. */
    void begun() {
        abandoned = List.of();
    }

    /** What the machine has after a crash is some state of those, and what came after that is no more. */
    void crashed(DiskModel found) {
        int last = last(states, found);
        if (last >= 0) {
            states.subList(last + 1, states.size()).clear();
        }
        states.add(found.copy());
    }

    /** What is found where there is only the store must be one of those. */
    void verify(DiskModel found) {
        if (last(states, found) < 0 && last(abandoned, found) < 0) {
            throw new AssertionError("on the store there is none of " + size() + " states:\n"
                    + found.differences(states.getLast()) + "\nand of the first\n"
                    + found.differences(states.getFirst()));
        }
    }

    /** The machine is lost, and another one goes on with what is on the store. */
    void lost(DiskModel found) {
        verify(found);
        int last = last(states, found);
        if (last >= 0) {
            abandoned = List.copyOf(states.subList(last, states.size()));
        }
        states = new ArrayList<>(List.of(found.copy()));
    }

    private static int last(List<DiskModel> states, DiskModel found) {
        for (int i = states.size() - 1; i >= 0; i--) {
            if (found.liesBetween(states.get(i), states.get(Math.min(i + 1, states.size() - 1)))) {
                return i;
            }
        }
        return -1;
    }
}
