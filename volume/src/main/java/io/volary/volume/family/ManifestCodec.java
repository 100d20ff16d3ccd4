package io.volary.volume.family;

import io.volary.volume.VolumeException;
import io.volary.volume.format.FormatVersion;
import io.volary.volume.format.SegmentHeader;
import io.volary.volume.log.LogPosition;
import io.volary.volume.space.SegmentImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a {@link Manifest}: magic "VOLARYMF", format version, fields in the order of the record in big-endian
 * (as {@link DataOutputStream} writes them), lists as a count and their elements, and last a CRC32C of all before it.
 */
final class ManifestCodec {
    private static final long MAGIC = 0x564f_4c41_5259_4d46L; // "VOLARYMF"

    /** Behind magic, version and the family. */
    private static final int EPOCH_OFFSET = 28;

    private ManifestCodec() {}

    static byte[] encode(Manifest manifest) {
        var bytes = new ByteArrayOutputStream();
        try (var out = new DataOutputStream(bytes)) {
            out.writeLong(MAGIC);
            out.writeInt(FormatVersion.CURRENT);
            writeFields(out, manifest);
            out.writeInt(crc(bytes.toByteArray(), out.size()));
        } catch (IOException e) {
            throw new IllegalStateException("writing to memory failed", e);
        }
        return bytes.toByteArray();
    }

    /**
     * Reads a manifest.
     *
     * @throws VolumeException NEWER_FORMAT, or CORRUPT if the bytes are not what was written
     */
    static Manifest decode(byte[] bytes) {
        if (bytes.length < 16 || ByteBuffer.wrap(bytes).getLong() != MAGIC) {
            throw corrupt("it does not begin as a manifest does");
        }
        int version = ByteBuffer.wrap(bytes).getInt(8);
        if (version > FormatVersion.CURRENT) {
            throw new VolumeException(
                    VolumeException.Kind.NEWER_FORMAT,
                    "the data has format version " + version + ", and this Volary reads versions up to "
                            + FormatVersion.CURRENT + ": install the newer Volary that wrote it");
        }
        if (ByteBuffer.wrap(bytes).getInt(bytes.length - 4) != crc(bytes, bytes.length - 4)) {
            throw corrupt("its checksum is wrong");
        }
        try (var in = new DataInputStream(new ByteArrayInputStream(bytes, 12, bytes.length - 16))) {
            Manifest manifest = readFields(in);
            if (in.available() > 0) {
                throw new IOException(in.available() + " bytes too many");
            }
            return manifest;
        } catch (IOException | IllegalArgumentException e) {
            throw corrupt(String.valueOf(e.getMessage()));
        }
    }

    /** The epoch of what {@link #encode} has made; what comes from elsewhere is for {@link #decode}. 0 if it is no manifest. */
    static int epoch(byte[] encoded) {
        ByteBuffer bytes = ByteBuffer.wrap(encoded);
        boolean isManifest = encoded.length >= EPOCH_OFFSET + Integer.BYTES && bytes.getLong() == MAGIC;
        return isManifest ? bytes.getInt(EPOCH_OFFSET) : 0;
    }

    private static VolumeException corrupt(String why) {
        return new VolumeException(VolumeException.Kind.CORRUPT, "the manifest is damaged: " + why);
    }

    private static int crc(byte[] bytes, int length) {
        var crc = new CRC32C();
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }

    private static void writeFields(DataOutputStream out, Manifest m) throws IOException {
        out.writeLong(m.family().getMostSignificantBits());
        out.writeLong(m.family().getLeastSignificantBits());
        out.writeInt(m.epoch());
        out.writeInt(m.generation());
        out.writeLong(m.position().segment());
        out.writeInt(m.position().block());
        out.writeLong(m.position().sequence());
        out.writeLong(m.nextSegment());
        out.writeInt(m.nextPoint());
        out.writeInt(m.nextVolume());
        out.writeInt(m.volumes().size());
        for (Manifest.VolumeImage volume : m.volumes()) {
            writeVolume(out, volume);
        }
        out.writeInt(m.points().size());
        for (Manifest.PointImage point : m.points()) {
            writePoint(out, point);
        }
        writeWalk(out, m.walk());
        writeLongs(out, m.deaths());
        out.writeInt(m.segments().size());
        for (SegmentImage segment : m.segments()) {
            writeSegment(out, segment);
        }
    }

    private static Manifest readFields(DataInputStream in) throws IOException {
        return new Manifest(
                new UUID(in.readLong(), in.readLong()),
                in.readInt(),
                in.readInt(),
                new LogPosition(in.readLong(), in.readInt(), in.readLong()),
                in.readLong(),
                in.readInt(),
                in.readInt(),
                readList(in, ManifestCodec::readVolume),
                readList(in, ManifestCodec::readPoint),
                readWalk(in),
                readLongs(in),
                readList(in, ManifestCodec::readSegment));
    }

    private static void writeVolume(DataOutputStream out, Manifest.VolumeImage volume) throws IOException {
        out.writeInt(volume.id());
        out.writeUTF(volume.name());
        out.writeUTF(volume.origin());
        out.writeInt(volume.head());
        out.writeBoolean(volume.importing());
    }

    private static Manifest.VolumeImage readVolume(DataInputStream in) throws IOException {
        return new Manifest.VolumeImage(in.readInt(), in.readUTF(), in.readUTF(), in.readInt(), in.readBoolean());
    }

    private static void writePoint(DataOutputStream out, Manifest.PointImage point) throws IOException {
        out.writeInt(point.id());
        out.writeInt(point.volume());
        out.writeUTF(point.name() == null ? "" : point.name());
        out.writeInt(point.parent());
        out.writeLong(point.createdMicros());
        out.writeInt(point.cut());
        out.writeLong(point.size());
        out.writeLong(point.mappedBlocks());
        out.writeLong(point.ownBlocks());
        out.writeLong(point.exclusiveBlocks());
        out.writeBoolean(point.deleted());
        out.writeLong(point.rootPlace());
        out.writeLong(point.rootSeal());
    }

    private static Manifest.PointImage readPoint(DataInputStream in) throws IOException {
        int id = in.readInt();
        int volume = in.readInt();
        String name = in.readUTF();
        return new Manifest.PointImage(
                id,
                volume,
                name.isEmpty() ? null : name,
                in.readInt(),
                in.readLong(),
                in.readInt(),
                in.readLong(),
                in.readLong(),
                in.readLong(),
                in.readLong(),
                in.readBoolean(),
                in.readLong(),
                in.readLong());
    }

    private static void writeWalk(DataOutputStream out, Manifest.@Nullable WalkImage walk) throws IOException {
        out.writeBoolean(walk != null);
        if (walk != null) {
            writePoint(out, walk.point());
            out.writeInt(walk.child());
            out.writeLong(walk.childPlace());
            out.writeLong(walk.childSeal());
            out.writeInt(walk.childBarrier());
            out.writeInt(walk.parentCut());
            out.writeInt(walk.parent());
            out.writeLong(walk.position());
            writeLongs(out, walk.limbo());
        }
    }

    private static Manifest.@Nullable WalkImage readWalk(DataInputStream in) throws IOException {
        if (!in.readBoolean()) {
            return null;
        }
        return new Manifest.WalkImage(
                readPoint(in),
                in.readInt(),
                in.readLong(),
                in.readLong(),
                in.readInt(),
                in.readInt(),
                in.readInt(),
                in.readLong(),
                readLongs(in));
    }

    private static void writeSegment(DataOutputStream out, SegmentImage segment) throws IOException {
        out.writeLong(segment.number());
        out.writeByte(SegmentHeader.code(segment.kind()));
        out.writeLong(segment.object());
        out.writeInt(segment.base());
        out.writeBoolean(segment.packed());
        out.writeInt(segment.keptBlocks());
        out.writeInt(segment.blocks());
        out.writeInt(segment.liveBlocks());
        out.writeLong(segment.pagePlace());
        out.writeLong(segment.pageSeal());
        writeBitmap(out, segment.live());
        writeBitmap(out, segment.kept());
    }

    private static SegmentImage readSegment(DataInputStream in) throws IOException {
        return new SegmentImage(
                in.readLong(),
                SegmentHeader.kind(in.readByte()),
                in.readLong(),
                in.readInt(),
                in.readBoolean(),
                in.readInt(),
                in.readInt(),
                in.readInt(),
                in.readLong(),
                in.readLong(),
                readBitmap(in),
                readBitmap(in));
    }

    /** Bitmaps of node segments use few of their words: those behind the last that is not zero are left out. */
    private static void writeBitmap(DataOutputStream out, long @Nullable [] bits) throws IOException {
        int used = bits == null ? 0 : bits.length;
        while (bits != null && used > 0 && bits[used - 1] == 0) {
            used--;
        }
        out.writeShort(bits == null ? -1 : used);
        for (int i = 0; bits != null && i < used; i++) {
            out.writeLong(bits[i]);
        }
    }

    private static long @Nullable [] readBitmap(DataInputStream in) throws IOException {
        int used = in.readShort();
        if (used < 0) {
            return null;
        }
        var bits = new long[SegmentImage.BITMAP_WORDS];
        if (used > bits.length) {
            throw new IOException("a bitmap of " + used + " words");
        }
        for (int i = 0; i < used; i++) {
            bits[i] = in.readLong();
        }
        return bits;
    }

    private static void writeLongs(DataOutputStream out, long[] values) throws IOException {
        out.writeInt(values.length);
        for (long value : values) {
            out.writeLong(value);
        }
    }

    private static long[] readLongs(DataInputStream in) throws IOException {
        int count = count(in, Long.BYTES);
        long[] values = new long[count];
        for (int i = 0; i < count; i++) {
            values[i] = in.readLong();
        }
        return values;
    }

    @FunctionalInterface
    private interface Reader<T> {
        T read(DataInputStream in) throws IOException;
    }

    private static <T> List<T> readList(DataInputStream in, Reader<T> reader) throws IOException {
        int count = count(in, 1);
        var list = new ArrayList<T>(Math.min(count, 1024));
        for (int i = 0; i < count; i++) {
            list.add(reader.read(in));
        }
        return list;
    }

    /** The length of a list, which may be no longer than the bytes that are left for it. */
    private static int count(DataInputStream in, int elementBytes) throws IOException {
        int count = in.readInt();
        if (count < 0 || count > in.available() / elementBytes) {
            throw new IOException("a list of " + count + " elements");
        }
        return count;
    }
}
