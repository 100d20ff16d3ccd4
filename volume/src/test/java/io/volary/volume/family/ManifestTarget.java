package io.volary.volume.family;

import io.volary.fuzz.FuzzTarget;
import io.volary.fuzz.Parses;
import io.volary.volume.VolumeException;
import io.volary.volume.format.SegmentHeader;
import io.volary.volume.log.LogPosition;
import io.volary.volume.space.SegmentImage;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** A manifest, once as it is and once with the checksum that fits: what is accepted is the same when it is written and read again. */
@Parses(
        value = {ManifestCodec.class},
        maxBytes = 2048)
public final class ManifestTarget implements FuzzTarget {
    private static final int CRC_BYTES = 4;

    @Override
    public List<byte[]> seeds() {
        return List.of(ManifestCodec.encode(manifest(null)), ManifestCodec.encode(manifest(walk())));
    }

    private static Manifest manifest(Manifest.@Nullable WalkImage walk) {
        long[] bits = {-1, 5};
        return new Manifest(
                new UUID(1, 2),
                3,
                4,
                new LogPosition(5, 6, 7),
                8,
                9,
                10,
                List.of(new Manifest.VolumeImage(1, "disk", "", 1, false)),
                List.of(point("monday"), point(null)),
                walk,
                new long[] {77, 78},
                List.of(
                        new SegmentImage(1, SegmentHeader.Kind.LOG, 12, 0, false, 0, 9, 8, 7, 6, null, null),
                        new SegmentImage(2, SegmentHeader.Kind.NODES, 13, 1, true, 2, 9, 8, 0, 0, bits, bits)));
    }

    private static Manifest.PointImage point(@Nullable String name) {
        return new Manifest.PointImage(1, 1, name, 0, 1234, 5, 1 << 20, 9, 8, 7, name == null, 0, 0);
    }

    private static Manifest.WalkImage walk() {
        return new Manifest.WalkImage(point(null), 1, 2, 3, 4, 5, 6, 7, new long[] {8, 9});
    }

    @Override
    public void run(byte[] input) {
        check(input);
        if (input.length > CRC_BYTES) {
            var crc = new CRC32C();
            crc.update(input, 0, input.length - CRC_BYTES);
            ByteBuffer.wrap(input).putInt(input.length - CRC_BYTES, (int) crc.getValue());
            check(input);
        }
    }

    private static void check(byte[] input) {
        int epoch = ManifestCodec.epoch(input);
        byte[] written;
        try {
            written = ManifestCodec.encode(ManifestCodec.decode(input));
        } catch (VolumeException refused) {
            return;
        }
        if (!Arrays.equals(written, ManifestCodec.encode(ManifestCodec.decode(written)))) {
            throw new AssertionError("a manifest that is not the same when it is read again");
        }
        if (epoch != ManifestCodec.decode(input).epoch() || epoch != ManifestCodec.epoch(written)) {
            throw new AssertionError("a manifest of another epoch if only that is read of it");
        }
    }
}
