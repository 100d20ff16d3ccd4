package io.volary.volume.remote;

import io.volary.linux.LinuxException;
import io.volary.linux.LinuxFiles;
import io.volary.linux.LinuxProcess;
import io.volary.volume.store.DirectoryStore;
import io.volary.volume.store.StoreException;
import java.nio.file.Path;
import java.util.List;
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
    private final String boot;
    private final boolean intact;

    /** Whether the file says so of what is here now. */
    private boolean begun;

    /** Reads what the file says. Blocks. */
    CacheTrust(Path pool) {
        this.pool = pool;
        file = new SmallFile(pool.resolve("cache"));
        boot = LinuxProcess.current().boot();
        String before = file.read().strip();
        intact = before.equals(boot) || before.equals(DURABLE);
    }

    /**
     * From here on the cache is written to: only when nothing is left that cannot be trusted, or a process that dies soon, as the store cannot be
     * reached, would have the next one trust it. Blocks.
     *
     * @param families the directories of all there are
     */
    void begin(List<Path> families) {
        try {
            if (!intact) {
                families.forEach(CacheTrust::drop);
            }
            file.replace(boot + "\n");
            begun = true;
        } catch (StoreException e) {
            LOG.warn("What was fetched from the store is not trusted until it can be deleted: {}", e.getMessage());
        }
    }

    private static void drop(Path family) {
        var partials = new PartialObjects(family);
        DirectoryStore.delete(family, partials.all());
        partials.retain(List.of());
    }

    /** Whether what earlier processes fetched can be used. */
    boolean intact() {
        return intact;
    }

    /** Nothing is fetched any more. Blocks. */
    void close() {
        if (!begun) {
            return;
        }
        try {
            LinuxFiles.syncFileSystem(pool);
            file.replace(DURABLE + "\n");
        } catch (StoreException | LinuxException e) {
            LOG.warn("After a restart of the machine everything is fetched from the store again: {}", e.toString());
        }
    }
}
