package io.volary.export.fuse;

import java.nio.file.Path;
import java.time.Duration;

/**
 * What becomes of a mount whose daemon dies.
 *
 * @param directory where the next daemon finds it, together with the daemon's log
 * @param patience how long users wait for that before they get errors; zero: not at all
 */
public record MountKeeping(Path directory, Duration patience) {}
