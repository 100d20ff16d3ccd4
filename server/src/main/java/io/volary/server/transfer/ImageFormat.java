package io.volary.server.transfer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;

/** The formats of images that can be imported, told apart by what their files begin with. */
public enum ImageFormat {
    RAW,
    QCOW2,
    VMDK,
    VDI,
    VHDX;

    private static final int HEAD_BYTES = 72;
    private static final int VDI_SIGNATURE_AT = 64;
    private static final int VDI_SIGNATURE = 0xbeda107f;

    /** The name that qemu-img knows it by. */
    public String qemuName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** On the command line, too. */
    @Override
    public String toString() {
        return qemuName();
    }

    /** What {@code file} looks like; raw if like nothing else. */
    static ImageFormat of(Path file) throws IOException {
        try (var input = Files.newInputStream(file)) {
            return of(Arrays.copyOf(input.readNBytes(HEAD_BYTES), HEAD_BYTES));
        }
    }

    /** What a file looks like that begins so. */
    static ImageFormat of(byte[] head) {
        var text = new String(head, StandardCharsets.ISO_8859_1);
        if (text.startsWith("QFI\u00fb")) {
            return QCOW2;
        }
        if (text.startsWith("KDMV") || text.startsWith("COWD") || text.startsWith("# Disk DescriptorFile")) {
            return VMDK;
        }
        if (text.startsWith("vhdxfile")) {
            return VHDX;
        }
        int signature = ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN).getInt(VDI_SIGNATURE_AT);
        return signature == VDI_SIGNATURE ? VDI : RAW;
    }
}
