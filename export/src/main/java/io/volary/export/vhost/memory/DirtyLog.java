package io.volary.export.vhost.memory;

import io.volary.linux.EventFd;
import io.volary.linux.LinuxException;
import io.volary.linux.SharedBitmap;
import io.volary.linux.SharedDescriptor;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * In which a front-end that migrates its guest finds the pages that we have written to ("Migration" of the vhost-user specification): a
 * bit for each 4096 bytes of guest addresses, from address 0 on. The bitmap is the front-end's, which clears bits while we set them. Confined to
 * the event loop's thread.
 */
public final class DirtyLog {
    private static final int PAGE_SHIFT = 12;

    /** Enough for guest addresses of 47 bits. */
    private static final long MAX_BYTES = 1L << 32;

    private final Executor unmapper;
    private @Nullable SharedBitmap pages;
    private @Nullable EventFd listener;
    private boolean ofData;
    private boolean news;

    DirtyLog(Executor unmapper) {
        this.unmapper = unmapper;
    }

    /** See {@link GuestMemory#logInto}. */
    void replace(SharedDescriptor file, long offset, long bytes) {
        if (bytes < 1 || bytes > MAX_BYTES) {
            throw new ViolationException("a dirty log of " + Long.toUnsignedString(bytes) + " bytes");
        }
        if (offset < 0 || offset % Integer.BYTES != 0 || offset > Long.MAX_VALUE - bytes) {
            throw new ViolationException("a dirty log at offset " + Long.toUnsignedString(offset));
        }
        try {
            var replacement = new SharedBitmap(file, offset, bytes);
            drop();
            pages = replacement;
        } catch (LinuxException e) {
            throw new ViolationException("a dirty log that cannot be mapped: " + e.getMessage());
        }
    }

    /** Nobody uses the old one any more: a mark is made at once or never. */
    private void drop() {
        if (pages != null) {
            unmapper.execute(pages::close);
            pages = null;
        }
    }

    void ofData(boolean on) {
        ofData = on;
    }

    /** Whether nothing may be written to the guest's memory yet: it is to be marked, and the log is still to come. */
    public boolean isAwaited() {
        return ofData && pages == null;
    }

    /** Whether the data of requests is to be marked. Rings have a switch of their own. */
    public boolean isOfData() {
        return ofData && pages != null;
    }

    /**
     * Checks that writes to these addresses can be marked, if there is a log at all.
     *
     * @throws ViolationException if they cannot
     */
    public void requireRoom(long address, long length) {
        if (pages == null) {
            return;
        }
        if (address < 0 || address > Long.MAX_VALUE - length || lastPage(address, length) >= pages.bits()) {
            throw new ViolationException(
                    "a dirty log that ends before the guest address 0x" + Long.toHexString(address + length - 1));
        }
    }

    private static long lastPage(long address, long length) {
        return (address + length - 1) >> PAGE_SHIFT;
    }

    /**
     * Marks what has been written. Addresses beyond the log are those of memory that the guest has lost since, and are left out.
     *
     * @param length in bytes; 0 marks nothing
     * @return false if the log has gone
     */
    public boolean mark(long address, long length) {
        if (pages == null || length == 0) {
            return true;
        }
        long first = address >> PAGE_SHIFT;
        long last = Math.min(lastPage(address, length), pages.bits() - 1);
        news = true;
        return first < 0 || first > last || pages.set(first, last);
    }

    /** Who wants to hear that there are new marks; null for nobody. */
    public void listener(@Nullable EventFd event) {
        if (listener != null) {
            listener.close();
        }
        listener = event;
    }

    /** Tells the one who wants to hear. */
    public void announce() {
        if (news) {
            news = false;
            if (listener != null) {
                listener.signal();
            }
        }
    }

    /** Goes without a log from now on. */
    public void clear() {
        ofData = false;
        drop();
        listener(null);
    }
}
