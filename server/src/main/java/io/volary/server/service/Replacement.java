package io.volary.server.service;

import io.volary.server.view.VolumeReference;
import io.volary.volume.pool.Volume;
import io.volary.volume.pool.VolumePool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A volume takes the name of another one, which goes. These are two steps, in logs that know nothing of each other: so a file
 * says what is to become of them, and whoever dies in between leaves the name to the one or to the other. Blocks; one thread at a
 * time.
 *
 * <pre>
 *   move, or take if the volume that moves is a copy that nobody has seen yet
 *   its name
 *   the name that it is to have
 * </pre>
 */
final class Replacement {
    private static final Logger LOG = LoggerFactory.getLogger(Replacement.class);
    private static final String MOVE = "move";
    private static final String TAKE = "take";

    private final Path directory;
    private final Path file;

    /** @param directory the vPool's */
    Replacement(Path directory) {
        this.directory = directory;
        file = directory.resolve("replacing");
    }

    /** @param steps delete the volume {@code newName}, and then rename {@code name} */
    void move(String name, String newName, Runnable steps) {
        run(MOVE, name, newName, steps);
    }

    /** @param steps show the copy {@code name}, delete the volume {@code newName}, and then rename the copy */
    void take(String name, String newName, Runnable steps) {
        run(TAKE, name, newName, steps);
    }

    private synchronized void run(String kind, String name, String newName, Runnable steps) {
        write(kind + "\n" + name + "\n" + newName + "\n");
        try {
            steps.run();
        } finally {
            forget();
        }
    }

    private void write(String text) {
        try (var channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
            channel.force(true);
            syncDirectory();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void forget() {
        try {
            Files.deleteIfExists(file);
            syncDirectory();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void syncDirectory() throws IOException {
        try (var channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** Ends what the death of a daemon has cut short. Before anybody uses the vPool. */
    void finish(VolumePool pool) {
        try {
            String text = Files.readString(file);
            var lines = text.lines().toList();
            if (text.endsWith("\n") && lines.size() == 3) { // else it was cut short itself, and nothing has happened
                finish(pool, lines);
            }
            forget();
        } catch (NoSuchFileException none) {
            // as nearly always
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void finish(VolumePool pool, List<String> lines) {
        String name = lines.get(1);
        String newName = lines.get(2);
        boolean usable = VolumeReference.isName(name) && VolumeReference.isName(newName);
        if (!usable || !exists(pool, name)) {
            return;
        }
        if (!exists(pool, newName)) {
            LOG.info("Volume {}: it was to get the name {}, and gets it now", name, newName);
            pool.rename(name, newName);
        } else if (lines.getFirst().equals(TAKE)) {
            LOG.info("Volume {}: what was to take its place is removed", newName);
            pool.delete(name);
        }
    }

    /** Whether there is a volume of that name, also one that cannot be used. */
    private static boolean exists(VolumePool pool, String name) {
        return pool.damaged().containsKey(name)
                || pool.volumes().stream().map(Volume::name).anyMatch(name::equals);
    }
}
