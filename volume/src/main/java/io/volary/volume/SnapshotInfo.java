package io.volary.volume;

import java.time.Instant;

/**
 * A snapshot as people see it. Sizes are in bytes.
 *
 * @param size the volume's size when the snapshot was taken
 * @param exclusive what deleting the snapshot would free
 */
public record SnapshotInfo(String name, Instant created, long size, long exclusive) {}
