package io.volary.export.vhost.ring;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/** What is in flight on a split ring; an entry's number is that of the chain's first descriptor. */
final class SplitInflight extends Inflight {
    SplitInflight(MemorySegment region, int size) {
        super(region, size, InflightLayout.SPLIT_ENTRIES, InflightLayout.SPLIT_ENTRY_BYTES);
    }

    void take(int head, long counter) {
        setCounter(head, counter);
        VarHandle.releaseFence();
        setInFlight(head, true);
        VarHandle.releaseFence();
    }

    /** Before the used ring's index changes: whoever finds it changed knows by the list of these which chains were given back. */
    void beginReturn(int head) {
        set16(at(head) + InflightLayout.SPLIT_NEXT, get16(InflightLayout.SPLIT_LAST_BATCH_HEAD));
        set16(InflightLayout.SPLIT_LAST_BATCH_HEAD, head);
    }

    /** After the used ring's index has changed: the first {@code count} of {@code heads} have been given back. */
    void endReturns(int[] heads, int count, int usedIndex) {
        VarHandle.releaseFence();
        for (int i = 0; i < count; i++) {
            setInFlight(heads[i], false);
        }
        VarHandle.releaseFence();
        set16(InflightLayout.SPLIT_USED_INDEX, usedIndex);
    }

    void begin(int usedIndex) {
        begin();
        set16(InflightLayout.SPLIT_USED_INDEX, usedIndex);
    }

    /** Ends the returns that a back-end's death has cut short. */
    void recover(int usedIndex) {
        int noted = get16(InflightLayout.SPLIT_USED_INDEX);
        int head = get16(InflightLayout.SPLIT_LAST_BATCH_HEAD);
        for (int left = Math.min(usedIndex - noted & 0xffff, size); left > 0 && head < size; left--) {
            setInFlight(head, false);
            head = get16(at(head) + InflightLayout.SPLIT_NEXT);
        }
        VarHandle.releaseFence();
        set16(InflightLayout.SPLIT_USED_INDEX, usedIndex);
    }
}
