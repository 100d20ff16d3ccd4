package io.volary.volume.log;

import io.volary.volume.Limits;
import io.volary.volume.space.ObjectFiles;
import io.volary.volume.store.SegmentFile;

/** A segment of the log that is open for appending. */
final class LogSegment {
    private final long number;
    private final SegmentFile file;
    private final ObjectFiles.OpenObject pinned;
    private final int blocks;

    /** Whether it was made from the reserve of a full disk: then it takes no data of guests. */
    final boolean reserved;

    private int position = 1;

    private long lastSequence;
    private int unwritten;
    private int reached = 1;
    private int syncing = 1;
    private int syncs;
    boolean unsynced = true;
    boolean rolled;

    LogSegment(long number, SegmentFile file, ObjectFiles.OpenObject pinned, int bytes, boolean reserved) {
        this.number = number;
        this.file = file;
        this.pinned = pinned;
        this.blocks = bytes / Limits.BLOCK_BYTES;
        this.reserved = reserved;
    }

    long number() {
        return number;
    }

    SegmentFile file() {
        return file;
    }

    /** What keeps the file open until the segment is sealed. */
    ObjectFiles.OpenObject pinned() {
        return pinned;
    }

    /** The block that the next record begins at. */
    int position() {
        return position;
    }

    /** A record is sealed that will lie here. */
    void advance(int recordBlocks, long sequence) {
        position += recordBlocks;
        unwritten += recordBlocks;
        lastSequence = sequence;
    }

    /** All blocks before this one have got to the disk. */
    void reached(int block) {
        reached = block;
    }

    /** A sync of what has got to the disk begins. */
    void syncing() {
        unsynced = false;
        syncing = reached;
    }

    /** It has ended. */
    void synced() {
        file.settled((long) syncing * Limits.BLOCK_BYTES, false);
    }

    /** So many blocks of records have got to the disk: a sync covers them if it begins from now on. */
    void written(int blocks) {
        unwritten -= blocks;
        unsynced = true;
    }

    /** Somebody has asked for what was written to be durable. */
    void countSync() {
        syncs++;
    }

    /** Whether little comes here from one sync to the next. */
    boolean isSyncedOften() {
        return syncs > position / Limits.OFTEN_SYNCED_BLOCKS;
    }

    boolean isWritten() {
        return unwritten == 0;
    }

    /** Of the last record that was put here. */
    long lastSequence() {
        return lastSequence;
    }

    int room() {
        return blocks - position;
    }

    boolean halfFull() {
        return position > blocks / 2;
    }
}
