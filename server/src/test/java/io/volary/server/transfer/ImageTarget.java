package io.volary.server.transfer;

import io.volary.fuzz.FuzzTarget;
import io.volary.fuzz.Parses;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** What an image begins with, and what {@code qemu-img} says of it. */
@Parses(value = ImageFormat.class, guides = QemuImage.class)
public final class ImageTarget implements FuzzTarget {
    private static final int HEAD_BYTES = 72;

    @Override
    public List<byte[]> seeds() {
        byte[] vdi = ByteBuffer.allocate(HEAD_BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(64, 0xbeda107f)
                .array();
        return List.of(
                vdi,
                bytes("QFI\u00fb"),
                bytes("KDMV"),
                bytes("COWD"),
                bytes("# Disk DescriptorFile"),
                bytes("vhdxfile"),
                bytes("{\"virtual-size\": 1048576, \"format-specific\": {\"data\": {\"compat\": \"1.1\"}}}"),
                bytes("{\"virtual-size\": \"x\", \"backing-filename\": \"/etc/passwd\"}"));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    @Override
    public void run(byte[] input) {
        ImageFormat format = ImageFormat.of(Arrays.copyOf(input, HEAD_BYTES));
        try {
            QemuImage image = QemuImage.parse(Path.of("/image"), format, new String(input, StandardCharsets.UTF_8));
            if (image.virtualBytes() < 0) {
                throw new AssertionError("an image of " + image.virtualBytes() + " bytes");
            }
        } catch (IOException refused) {
            // as it may be
        }
    }
}
