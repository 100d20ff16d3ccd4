package io.volary.volume.direct;

import io.volary.block.BlockStatus;
import io.volary.volume.image.Image;
import io.volary.volume.image.ImageException;
import io.volary.volume.image.ImageException.Kind;
import io.volary.volume.image.ImageLocation;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The image of a direct volume, with what is known of it: its size, and what is wrong with it. When nobody answers, its requests wait for a while: so a server
 * that starts again is a pause. What is not said to be for any thread blocks, and is not for an event loop's.
 */
public final class DirectImage {
    private static final Logger LOG = LoggerFactory.getLogger(DirectImage.class);
    private static final long RETRY_MILLIS = 500;
    private static final long NANOS_PER_MILLI = 1_000_000;
    private static final long LOG_PAUSE_NANOS = 10_000_000_000L;

    private final ImageLocation location;
    private final Image image;
    private final long holdMillis;
    private volatile String volume;
    private volatile long size;
    private volatile @Nullable String trouble;
    private volatile boolean known;
    private long troubleSinceNanos;
    private long loggedNanos = System.nanoTime() - LOG_PAUSE_NANOS;

    /**
     * An image that was not looked at yet.
     *
     * @param size in bytes, as it was when it was last known
     * @param holdMillis how long after the last answer requests wait for another one
     */
    public DirectImage(String volume, ImageLocation location, Image image, long size, long holdMillis) {
        this.volume = volume;
        this.location = location;
        this.image = image;
        this.size = size;
        this.holdMillis = holdMillis;
    }

    /** Any thread. */
    public ImageLocation location() {
        return location;
    }

    /** The volume's name. Any thread. */
    public String volume() {
        return volume;
    }

    /** The volume has another name. Any thread. */
    public void renamed(String name) {
        volume = name;
    }

    /** The size in bytes, as far as is known. Any thread. */
    public long size() {
        return size;
    }

    /** What was wrong when it was last used; null if nothing. Any thread. */
    public @Nullable String trouble() {
        return trouble;
    }

    /** Whether {@link #look} may find something new. Any thread. */
    public boolean isDoubtful() {
        return !known || trouble != null;
    }

    /** Asks for the size. Waits for nobody who does not answer. */
    public void look() {
        try {
            long found = image.size();
            synchronized (this) {
                size = found;
            }
            known = true;
            answered();
        } catch (ImageException e) {
            failed(e);
        }
    }

    /**
     * Cuts the image or makes it longer, durably. Waits for nobody who does not answer.
     *
     * @throws ImageException if that was not done, or is not known to be durable
     */
    public void resize(long bytes) {
        try {
            synchronized (this) {
                image.resize(bytes);
                size = bytes;
            }
            image.flush();
            answered();
        } catch (ImageException e) {
            failed(e);
            throw e;
        }
    }

    /** Makes the image at least that long. */
    BlockStatus extend(long bytes) {
        return held(() -> {
            synchronized (this) {
                if (bytes > size) {
                    image.resize(bytes);
                    size = bytes;
                }
            }
        });
    }

    /** Reads; behind the end, where the last sector may reach, there are zeroes. */
    BlockStatus read(long offset, MemorySegment into) {
        long inside = Math.clamp(size - offset, 0, into.byteSize());
        into.asSlice(inside).fill((byte) 0);
        return inside == 0 ? BlockStatus.OK : held(() -> image.read(offset, into.asSlice(0, inside)));
    }

    BlockStatus write(long offset, MemorySegment content) {
        return held(() -> {
            image.write(offset, content);
            synchronized (this) {
                size = Math.max(size, offset + content.byteSize());
            }
        });
    }

    BlockStatus flush() {
        return held(image::flush);
    }

    /** As long as nobody answers, and not for too long, the call is made again. */
    private BlockStatus held(Runnable call) {
        while (true) {
            try {
                call.run();
                answered();
                return BlockStatus.OK;
            } catch (ImageException e) {
                failed(e);
                if (e.kind() != Kind.UNREACHABLE || !waits()) {
                    return e.kind() == Kind.NO_SPACE ? BlockStatus.NO_SPACE : BlockStatus.IO_ERROR;
                }
            }
        }
    }

    /** False if it has been long enough. */
    private boolean waits() {
        if (System.nanoTime() - troubleSinceNanos() > holdMillis * NANOS_PER_MILLI) {
            return false;
        }
        try {
            Thread.sleep(RETRY_MILLIS);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private synchronized long troubleSinceNanos() {
        return trouble == null ? System.nanoTime() : troubleSinceNanos;
    }

    private void answered() {
        if (trouble != null) {
            trouble = null;
            log("can be used again");
        }
    }

    /** A full file system is told to whoever writes. */
    private void failed(ImageException e) {
        if (e.kind() == Kind.NO_SPACE) {
            return;
        }
        synchronized (this) {
            if (trouble == null) {
                troubleSinceNanos = System.nanoTime();
                log(String.valueOf(e.getMessage()));
            }
            trouble = String.valueOf(e.getMessage());
        }
    }

    /** Only now and then: what fails may do so with every request. */
    private synchronized void log(String what) {
        long now = System.nanoTime();
        if (now - loggedNanos >= LOG_PAUSE_NANOS) {
            loggedNanos = now;
            LOG.warn("Volume {} ({}): {}", volume, location, what);
        }
    }
}
