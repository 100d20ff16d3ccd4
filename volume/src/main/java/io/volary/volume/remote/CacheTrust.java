package io.volary.volume.remote;

import io.volary.linux.LinuxException;
import io.volary.linux.LinuxFiles;
import io.volary.linux.LinuxProcess;
import io.volary.volume.store.StoreException;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether what was fetched from the store is on the local disk as it was written there. Nobody makes it durable, since it can be fetched
 * again: it is there as long as the machine has not lost power since. A file {@code cache} of the vPool has the kernel's name for the time
 * since the machine was started, or {@code durable} when the vPool was closed and everything made durable.
 */
final class CacheTrust {
    private static final Logger LOG = LoggerFactory.getLogger(CacheTrust.class);
    private static final String DURABLE = "durable";

    private final SmallFile file;
    private final Path pool;
    private final boolean intact;

    /** From here on the cache is written to. Blocks. */
    CacheTrust(Path pool) {
        this.pool = pool;
        file = new SmallFile(pool.resolve("cache"));
        String boot = LinuxProcess.current().boot();
        String before = file.read().strip();
        intact = before.equals(boot) || before.equals(DURABLE);
        file.replace(boot + "\n");
    }

    /** Whether what earlier processes fetched can be used. */
    boolean intact() {
        return intact;
    }

    /** Nothing is fetched any more. Blocks. */
    void close() {
        try {
            LinuxFiles.syncFileSystem(pool);
            file.replace(DURABLE + "\n");
        } catch (StoreException | LinuxException e) {
            LOG.warn("After a restart of the machine everything is fetched from the store again: {}", e.toString());
        }
    }
}
