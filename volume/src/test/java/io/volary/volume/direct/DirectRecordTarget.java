package io.volary.volume.direct;

import io.volary.fuzz.FuzzTarget;
import io.volary.fuzz.Parses;
import io.volary.volume.VolumeException;
import io.volary.volume.image.ImageLocation;
import java.util.Arrays;
import java.util.List;

/** A record of a direct volume: refused, or one that is written as it was read. */
@Parses({DirectRecord.class, ImageLocation.class})
public final class DirectRecordTarget implements FuzzTarget {
    @Override
    public List<byte[]> seeds() {
        return List.of(
                new DirectRecord(new ImageLocation("orangefs", "/images/disk.raw"), 1 << 30).encode(),
                new DirectRecord(new ImageLocation("a", "/ü/b c"), 0).encode());
    }

    @Override
    public void run(byte[] input) {
        try {
            byte[] again = DirectRecord.decode(input).encode();
            if (!Arrays.equals(input, again)) {
                throw new AssertionError("another record than was read");
            }
        } catch (VolumeException refused) {
            if (refused.getMessage() == null) {
                throw new AssertionError("a refusal without a reason", refused);
            }
        }
    }
}
