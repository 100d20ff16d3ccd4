package io.volary.volume;

import org.jspecify.annotations.Nullable;

/**
 * What is known of a volume's space, at one moment. All sizes are in bytes.
 *
 * @param size what a guest sees as the disk's size
 * @param mapped what reading the volume would find written
 * @param exclusive what deleting the volume would free
 * @param stored the volume's share of the vPool's data; over all volumes it adds up to the whole
 * @param parent {@code "V@S"} or {@code "V"} of the volume this one was cloned from, or null
 * @param snapshots how many snapshots it has
 * @param damage why it can only be read, or null if all is well
 */
public record VolumeInfo(
        String name,
        long size,
        long mapped,
        long exclusive,
        long stored,
        @Nullable String parent,
        int snapshots,
        @Nullable String damage) {}
