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

    /** Before the used ring's index changes: whoever finds it changed knows by this which chain was given back. */
    void beginReturn(int head) {
        set16(at(head) + InflightLayout.SPLIT_NEXT, get16(InflightLayout.SPLIT_LAST_BATCH_HEAD));
        set16(InflightLayout.SPLIT_LAST_BATCH_HEAD, head);
        VarHandle.releaseFence();
    }

    /** After the used ring's index has changed. */
    void endReturn(int head, int usedIndex) {
        VarHandle.releaseFence();
        setInFlight(head, false);
        VarHandle.releaseFence();
        set16(InflightLayout.SPLIT_USED_INDEX, usedIndex);
    }

    void begin(int usedIndex) {
        begin();
        set16(InflightLayout.SPLIT_USED_INDEX, usedIndex);
    }

    /** Ends the return that a back-end's death has cut short. */
    void recover(int usedIndex) {
        int last = get16(InflightLayout.SPLIT_LAST_BATCH_HEAD);
        if (get16(InflightLayout.SPLIT_USED_INDEX) != usedIndex && last < size) {
            setInFlight(last, false);
            set16(InflightLayout.SPLIT_USED_INDEX, usedIndex);
        }
    }
}
