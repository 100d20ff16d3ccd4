package io.volary.server.transfer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;

/** Where the bytes of a raw export go, in order. */
interface RawTarget {
    /** Takes what remains of {@code data}, which follows what came before. */
    void data(ByteBuffer data) throws IOException;

    /** The next {@code bytes} bytes are zeroes. */
    void zeroes(long bytes) throws IOException;

    /** A file, in which zeroes are holes. */
    static RawTarget sparse(FileChannel file) {
        return new RawTarget() {
            private long offset;

            @Override
            public void data(ByteBuffer data) throws IOException {
                while (data.hasRemaining()) {
                    offset += file.write(data, offset);
                }
            }

            @Override
            public void zeroes(long bytes) {
                offset += bytes;
            }
        };
    }

    /** A stream, in which zeroes are bytes like others. */
    static RawTarget stream(WritableByteChannel channel) {
        var zeroes = ByteBuffer.allocateDirect(64 << 10);
        return new RawTarget() {
            @Override
            public void data(ByteBuffer data) throws IOException {
                while (data.hasRemaining()) {
                    channel.write(data);
                }
            }

            @Override
            public void zeroes(long bytes) throws IOException {
                for (long left = bytes; left > 0; ) {
                    left -= channel.write(zeroes.slice(0, (int) Math.min(left, zeroes.capacity())));
                }
            }
        };
    }
}
