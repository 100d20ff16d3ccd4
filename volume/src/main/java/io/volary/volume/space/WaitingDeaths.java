package io.volary.volume.space;

import java.util.ArrayDeque;
import java.util.function.LongConsumer;
import org.agrona.collections.Long2ObjectHashMap;
import org.agrona.collections.LongArrayList;
import org.jspecify.annotations.Nullable;

/**
 * Deaths of blocks whose segments have no bitmaps in memory: they are noted when those have been read, many of a segment at a
 * time where they come faster than that. Confined to the loop's thread.
 */
final class WaitingDeaths {
    /** Deaths that wait before those who cause them have to: half a megabyte, and as much again in every manifest. */
    private static final int MANY = 65_536;

    private static final int FEW_OF_A_SEGMENT = 4;

    private final Long2ObjectHashMap<LongArrayList> places = new Long2ObjectHashMap<>();
    private final ArrayDeque<Segment> unread = new ArrayDeque<>();
    private int count;

    /** A block of the segment has died. */
    void add(Segment segment, long place) {
        LongArrayList ofSegment = places.get(segment.number);
        if (ofSegment == null) {
            ofSegment = new LongArrayList(FEW_OF_A_SEGMENT, LongArrayList.DEFAULT_NULL_VALUE);
            places.put(segment.number, ofSegment);
        }
        ofSegment.addLong(place);
        count++;
        if (!segment.awaited) {
            segment.awaited = true;
            unread.add(segment);
        }
    }

    /** A segment that has to be read because of deaths, or null if there is none that is not being read. */
    @Nullable
    Segment peek() {
        return unread.peek();
    }

    /** Takes the segment that {@link #peek} told of out of the line; it gets in again when another of its blocks dies. */
    void take() {
        unread.remove().awaited = false;
    }

    /** The bitmaps of a segment are there. */
    void settle(Segment segment, LongConsumer kill) {
        LongArrayList ofSegment = places.remove(segment.number);
        if (ofSegment != null) {
            count -= ofSegment.size();
            ofSegment.forEachLong(kill);
        }
    }

    /** Whether so many wait that it has to become fewer before more die. */
    boolean many() {
        return count > MANY;
    }

    /** All places, in no order. */
    long[] all() {
        var all = new LongArrayList(count, LongArrayList.DEFAULT_NULL_VALUE);
        places.values().forEach(ofSegment -> ofSegment.forEachLong(all::addLong));
        return all.toLongArray();
    }
}
