package io.volary.server.view;

import io.volary.fuzz.FuzzTarget;
import io.volary.fuzz.Parses;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Names of volumes, and sizes: what is accepted is the same when it is written and read again. */
@Parses(
        value = {VolumeReference.class, Sizes.class},
        maxBytes = 160)
public final class WordsTarget implements FuzzTarget {
    @Override
    public List<byte[]> seeds() {
        return List.of(bytes("disk"), bytes("disk@monday"), bytes("10G"), bytes("512"), bytes("64T"), bytes("1023P"));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void run(byte[] input) {
        String text = new String(input, StandardCharsets.UTF_8);
        checkReference(text);
        checkSize(text);
    }

    private static void checkReference(String text) {
        VolumeReference reference;
        try {
            reference = VolumeReference.parse(text);
        } catch (IllegalArgumentException refused) {
            return;
        }
        if (!reference.toString().equals(text) || !VolumeReference.isName(reference.volume())) {
            throw new AssertionError(text + " was taken for " + reference);
        }
    }

    private static void checkSize(String text) {
        long bytes;
        try {
            bytes = Sizes.parse(text);
        } catch (IllegalArgumentException refused) {
            return;
        }
        Sizes.format(bytes);
        Sizes.format(bytes + 1);
        boolean possible = bytes > 0 && bytes <= Sizes.MAX_VOLUME_BYTES && Sizes.roundUpToSector(bytes) == bytes;
        if (!possible || Sizes.parse(Long.toString(bytes)) != bytes) {
            throw new AssertionError(text + " was taken for " + bytes);
        }
    }
}
