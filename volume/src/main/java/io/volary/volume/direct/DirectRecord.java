package io.volary.volume.direct;

import io.volary.volume.Limits;
import io.volary.volume.VolumeException;
import io.volary.volume.VolumeException.Kind;
import io.volary.volume.image.ImageLocation;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * What the vPool knows of a direct volume, as text of four lines:
 *
 * <pre>
 *   volary-direct 1                      the version
 *   image orangefs:/images/disk.raw      {@link ImageLocation}
 *   size 1073741824                      in bytes, as it was when last known
 *   crc32c d3c499c7                      of the bytes of the lines above
 * </pre>
 *
 * @param size 0 to {@link Limits#MAX_VOLUME_BYTES}
 */
public record DirectRecord(ImageLocation location, long size) {
    /** No record is longer. */
    public static final int MAX_BYTES = 2048;

    private static final String TITLE = "volary-direct ";
    private static final int VERSION = 1;
    private static final String IMAGE = "image ";
    private static final String SIZE = "size ";
    private static final int LINES = 4;

    byte[] encode() {
        String text = TITLE + VERSION + "\n" + IMAGE + location + "\n" + SIZE + size + "\n";
        return (text + checksum(text) + "\n").getBytes(StandardCharsets.UTF_8);
    }

    /** @throws VolumeException NEWER_FORMAT or CORRUPT, with a message that says what is wrong with it */
    static DirectRecord decode(byte[] content) {
        String text = new String(content, 0, Math.min(content.length, MAX_BYTES + 1), StandardCharsets.UTF_8);
        List<String> lines = text.lines().toList();
        if (content.length > MAX_BYTES || lines.isEmpty() || !lines.getFirst().startsWith(TITLE)) {
            throw corrupt("it does not begin with '" + TITLE.strip() + "', or is too long");
        }
        if (!lines.getFirst().equals(TITLE + VERSION)) {
            throw new VolumeException(
                    Kind.NEWER_FORMAT, "a newer Volary has written it, whose first line is '" + lines.getFirst() + "'");
        }
        if (lines.size() != LINES || !text.endsWith("\n" + checksum(body(text)) + "\n")) {
            throw corrupt("its checksum is wrong");
        }
        return new DirectRecord(location(lines.get(1)), size(lines.get(2)));
    }

    /** All lines but the last. */
    private static String body(String text) {
        return text.substring(0, text.lastIndexOf('\n', text.length() - 2) + 1);
    }

    private static String checksum(String text) {
        var crc = new CRC32C();
        crc.update(text.getBytes(StandardCharsets.UTF_8));
        return "crc32c %08x".formatted(crc.getValue());
    }

    private static ImageLocation location(String line) {
        try {
            return ImageLocation.parse(value(line, IMAGE));
        } catch (IllegalArgumentException e) {
            throw corrupt(String.valueOf(e.getMessage()));
        }
    }

    private static long size(String line) {
        try {
            long size = Long.parseLong(value(line, SIZE));
            if (size >= 0 && size <= Limits.MAX_VOLUME_BYTES) {
                return size;
            }
        } catch (NumberFormatException e) {
            throw corrupt("its size is no number");
        }
        throw corrupt("its size is none that a volume can have");
    }

    private static String value(String line, String key) {
        if (!line.startsWith(key)) {
            throw corrupt("a line that should begin with '" + key.strip() + "' does not");
        }
        return line.substring(key.length());
    }

    private static VolumeException corrupt(String why) {
        return new VolumeException(Kind.CORRUPT, why);
    }
}
