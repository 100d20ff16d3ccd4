package io.volary.volume.remote;

import io.volary.volume.store.SegmentStore.Needed;
import io.volary.volume.store.StoreException;
import io.volary.volume.store.StoreException.Kind;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * A manifest as it is on the store, big-endian:
 *
 * <pre>
 *  0  magic VOLARYRM       8
 *  8  format version       4
 * 12  objects needed: n    4
 * 16  object, bytes of it  n * 16
 *     length: m            4
 *     the manifest         m
 *     CRC32C of all that   4
 * </pre>
 *
 * @param needed what has to be there of which object
 * @param content the manifest, which only the engine understands
 */
record RemoteManifest(List<Needed> needed, byte[] content) {
    private static final long MAGIC = 0x564f_4c41_5259_524dL;
    private static final int VERSION = 1;
    private static final int FIXED_BYTES = 24;

    byte[] encode() {
        ByteBuffer bytes = ByteBuffer.allocate(FIXED_BYTES + 16 * needed.size() + content.length);
        bytes.putLong(MAGIC).putInt(VERSION).putInt(needed.size());
        needed.forEach(need -> bytes.putLong(need.object()).putLong(need.bytes()));
        bytes.putInt(content.length).put(content);
        bytes.putInt(checksum(bytes.array(), bytes.position()));
        return bytes.array();
    }

    /** @param name for messages */
    static RemoteManifest decode(String name, byte[] encoded) {
        try {
            return decode(name, encoded, ByteBuffer.wrap(encoded));
        } catch (BufferUnderflowException e) {
            throw damaged(name);
        }
    }

    private static RemoteManifest decode(String name, byte[] encoded, ByteBuffer bytes) {
        if (bytes.getLong() != MAGIC) {
            throw damaged(name);
        }
        int version = bytes.getInt();
        if (version != VERSION) {
            throw new StoreException(
                    Kind.IO_ERROR,
                    name + " has format version " + version
                            + ", which is newer than this Volary: use one that knows it");
        }
        int end = bytes.limit() - Integer.BYTES;
        if (end < bytes.position() || checksum(encoded, end) != bytes.getInt(end)) {
            throw damaged(name);
        }
        int count = bytes.getInt();
        if (count < 0 || count > bytes.remaining() / 16) {
            throw damaged(name);
        }
        var needed = new ArrayList<Needed>(count);
        for (int i = 0; i < count; i++) {
            needed.add(new Needed(bytes.getLong(), bytes.getLong()));
        }
        int length = bytes.getInt();
        if (length != bytes.remaining() - Integer.BYTES) {
            throw damaged(name);
        }
        byte[] content = new byte[length];
        bytes.get(content);
        return new RemoteManifest(needed, content);
    }

    private static int checksum(byte[] bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }

    private static StoreException damaged(String name) {
        return new StoreException(Kind.IO_ERROR, name + " is damaged: put it back from a copy");
    }
}
