package io.volary.server.transfer;

import io.volary.linux.LinuxException;
import io.volary.linux.LinuxFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;

/** Where the bytes of a raw import come from, in order. */
interface RawInput {
    int SECTOR_BYTES = 512;

    /** Reads what fits into {@code target}; less than 0 at the end. */
    int read(ByteBuffer target) throws IOException;

    /** Goes on at the sector with the next data if a hole begins at {@code offset}, which is where reading has come to. */
    long skipHole(long offset) throws IOException;

    /** A stream, which has no holes that could be known. */
    static RawInput stream(ReadableByteChannel channel) {
        return new RawInput() {
            @Override
            public int read(ByteBuffer target) throws IOException {
                return channel.read(target);
            }

            @Override
            public long skipHole(long offset) {
                return offset;
            }
        };
    }

    /** A regular file, of which {@code holes} is another descriptor. */
    static RawInput sparse(FileChannel file, LinuxFile holes) {
        return new RawInput() {
            @Override
            public int read(ByteBuffer target) throws IOException {
                return file.read(target);
            }

            @Override
            public long skipHole(long offset) throws IOException {
                long sector = nextData(offset) / SECTOR_BYTES * SECTOR_BYTES;
                file.position(Math.max(offset, sector));
                return file.position();
            }

            private long nextData(long offset) {
                try {
                    return holes.nextData(offset);
                } catch (LinuxException e) {
                    return offset; // it is only slower to read the hole
                }
            }
        };
    }
}
