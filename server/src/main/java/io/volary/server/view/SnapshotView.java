package io.volary.server.view;

import java.time.Instant;

/** A snapshot in lists. Sizes are in bytes; {@code exclusive} is what deleting it would free. */
public record SnapshotView(String name, Instant created, long size, long exclusive) {}
