package io.volary.volume.remote;

import io.volary.linux.LinuxFiles;
import io.volary.volume.store.StoreException;
import io.volary.volume.store.StoreException.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The families that were deleted here and of which something may still be on the store, so that no crash, and no time without the store,
 * brings them back: a file for each in a directory of the vPool, with the epoch that they were deleted in. Blocks; any thread.
 */
final class Removals {
    private final Path directory;
    private final SortedMap<String, Integer> epochs = new TreeMap<>();

    Removals(Path directory) {
        this.directory = directory;
        try {
            Files.createDirectories(directory);
            LinuxFiles.syncDirectory(directory.resolveSibling("."));
            try (var files = Files.newDirectoryStream(directory)) {
                for (Path file : files) {
                    read(file);
                }
            }
        } catch (IOException e) {
            throw new StoreException(Kind.IO_ERROR, directory + " cannot be used: " + e, e);
        }
    }

    private void read(Path path) {
        var file = new SmallFile(path);
        String epoch = file.read().strip();
        if (epoch.matches("[0-9]{1,9}")) {
            epochs.put(path.getFileName().toString(), Integer.parseInt(epoch));
        } else {
            file.delete(); // it was being made: its family was not deleted
        }
    }

    synchronized Map<String, Integer> all() {
        return new TreeMap<>(epochs);
    }

    synchronized boolean contains(String family) {
        return epochs.containsKey(family);
    }

    /** A family is deleted; durable when this returns. */
    synchronized void add(String family, int epoch) {
        file(family).replace(epoch + "\n");
        epochs.put(family, epoch);
    }

    /** Nothing of it is on the store any more, or it is another's. */
    synchronized void remove(String family) {
        epochs.remove(family);
        file(family).delete();
    }

    private SmallFile file(String family) {
        return new SmallFile(directory.resolve(family));
    }
}
