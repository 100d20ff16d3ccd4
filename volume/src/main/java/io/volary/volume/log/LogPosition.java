package io.volary.volume.log;

/**
 * A place between two records of the log.
 *
 * @param segment the segment where the next record begins, unless it has no more room
 * @param block the block there
 * @param sequence the next record's sequence number
 */
public record LogPosition(long segment, int block, long sequence) {}
