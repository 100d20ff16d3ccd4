package io.volary.volume.format;

import java.util.zip.CRC32C;

/** CRC32C over native memory. Not thread-safe: one per loop or task. */
public final class Checksum {
    private final CRC32C crc = new CRC32C();

    /** The CRC32C of {@code length} bytes of {@code buffer}, which the process owns alone, at {@code offset}. */
    public int of(NativeBuffer buffer, long offset, int length) {
        crc.reset();
        crc.update(buffer.view().limit((int) offset + length).position((int) offset));
        return (int) crc.getValue();
    }
}
