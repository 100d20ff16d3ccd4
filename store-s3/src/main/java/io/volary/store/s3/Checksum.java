package io.volary.store.s3;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.zip.CRC32C;

/** CRC32C as S3 writes it. */
final class Checksum {
    private Checksum() {}

    /** Large content is summed up in pieces: while the CPU is within one, the JVM cannot stop this thread for its garbage. */
    private static final int PIECE_BYTES = 1 << 20;

    static String of(MemorySegment content) {
        var crc = new CRC32C();
        for (long at = 0; at < content.byteSize(); at += PIECE_BYTES) {
            crc.update(content.asSlice(at, Math.min(PIECE_BYTES, content.byteSize() - at))
                    .asByteBuffer());
        }
        byte[] bytes =
                ByteBuffer.allocate(Integer.BYTES).putInt((int) crc.getValue()).array();
        return Base64.getEncoder().encodeToString(bytes);
    }
}
