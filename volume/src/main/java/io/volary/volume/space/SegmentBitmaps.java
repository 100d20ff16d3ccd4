package io.volary.volume.space;

import io.volary.volume.format.BlockEntry;
import io.volary.volume.format.SegmentHeader.Kind;
import java.util.UUID;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bitmaps of one clone family's segments, between their pages and memory: read when they are needed, kept while there is
 * room. Deaths in segments whose bitmaps are not there wait until they are. Confined to the loop's thread.
 */
final class SegmentBitmaps {
    private static final Logger LOG = LoggerFactory.getLogger(SegmentBitmaps.class);

    /** Read for deaths after each checkpoint even where there is no room, so that no death waits for ever. */
    private static final int SPARE_READS = 64;

    /** Hears of a block that died while its segment had no bitmaps in memory; now it has. */
    @FunctionalInterface
    interface Death {
        void of(Segment segment, int block);
    }

    private final UUID family;
    private final ResidentBitmaps resident;
    private final Death death;
    private final Consumer<Segment> presumeAlive;
    private final BitmapReads reads;
    private final WaitingDeaths deaths = new WaitingDeaths();
    private int changed;
    private int spareReads = SPARE_READS;

    /** @param presumeAlive gives a segment whose bitmap is lost one in which every block is needed */
    SegmentBitmaps(UUID family, ResidentBitmaps resident, Death death, Consumer<Segment> presumeAlive) {
        this.family = family;
        this.resident = resident;
        this.death = death;
        this.presumeAlive = presumeAlive;
        this.reads = new BitmapReads(resident, this::read);
    }

    void reader(SegmentReader bitmapReader) {
        reads.reader(bitmapReader);
    }

    /** A segment was made; nothing lives in it. */
    void create(Segment segment) {
        segment.live = new long[BitmapReads.WORDS];
        if (segment.kind != Kind.NODES) {
            resident.makeRoom();
            resident.expect();
            resident.hand(segment);
        }
        changed(segment);
    }

    /** The bitmaps are not what their page says any more. */
    void changed(Segment segment) {
        if (!segment.dirty) {
            segment.dirty = true;
            changed += segment.kind == Kind.NODES ? 0 : 1;
        }
    }

    /** The segment is not the family's any more, or the family stops. */
    void forget(Segment segment) {
        segment.gone = true;
        if (segment.resident() && segment.kind != Kind.NODES && !segment.held) {
            resident.drop(segment);
        }
    }

    /** A checkpoint begins, which writes pages of all that has changed. */
    void freeze() {
        changed = 0;
    }

    /** The checkpoint is in force. */
    void thawed() {
        resident.loosen();
        spareReads = SPARE_READS;
        noteDeaths();
    }

    /** Reads a segment's bitmaps, unless they are there, and says whether that worked. */
    void load(Segment segment, Consumer<Boolean> waiter) {
        if (segment.resident()) {
            waiter.accept(true);
        } else {
            reads.read(segment, waiter);
        }
    }

    /** A block of a segment whose bitmaps are not there has died. */
    void died(Segment segment, long place) {
        deaths.add(segment, place);
        noteDeaths();
    }

    /** Reads bitmaps for the deaths that wait for them, as far as there is room. */
    void noteDeaths() {
        for (Segment next = deaths.peek(); next != null; next = deaths.peek()) {
            if (!next.gone && !next.resident()) {
                if (!resident.makeRoom() && spareReads-- <= 0) {
                    return;
                }
                load(next, intact -> {});
            }
            deaths.take();
        }
    }

    WaitingDeaths deaths() {
        return deaths;
    }

    /** Whether deaths wait for a checkpoint that lets bitmaps go. */
    boolean crowded() {
        return changed > 0 && deaths.peek() != null;
    }

    /**
     * A segment's bitmaps were read, or are damaged. Without them every block of the segment is taken to be needed, so that
     * at worst some space does not come back. That is no way out for a packed one, where blocks could not be found.
     */
    private boolean read(Segment segment, boolean intact, boolean damaged) {
        if (!intact) {
            String what = damaged ? "is damaged" : "could not be read";
            LOG.error("Clone family {}: the bitmap of segment {} {}", family, segment.number, what);
            if (segment.packed || !damaged) {
                return false;
            }
            presumeAlive.accept(segment);
        }
        deaths.settle(segment, place -> death.of(segment, BlockEntry.block(place)));
        return true;
    }
}
