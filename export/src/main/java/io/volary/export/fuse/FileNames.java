package io.volary.export.fuse;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Set;

/**
 * What becomes a volume and what a small file beside the volumes, which its name decides. Names are bytes, held as characters
 * from 0 to 255; on disk those that not every system writes alike become % and two hexadecimal digits.
 */
final class FileNames {
    /** The longest name, in bytes. */
    static final int MAX_BYTES = 255;

    /** What tells that a file goes with disks but is none. */
    private static final Set<String> OTHERS = Set.of(
            "xml", "json", "yaml", "yml", "txt", "md", "log", "conf", "cfg", "ini", "nvram", "lock", "pid", "part",
            "tmp", "swp", "md5", "sha256");

    private static final HexFormat HEX = HexFormat.of().withUpperCase();

    private final VolumeDirectory volumes;

    FileNames(VolumeDirectory volumes) {
        this.volumes = volumes;
    }

    /** Whether a file that is made with this name is a volume. */
    boolean isVolume(String name) {
        int dot = name.lastIndexOf('.');
        boolean other = dot >= 0 && OTHERS.contains(name.substring(dot + 1));
        return volumes.isVolumeName(name) && !other;
    }

    /** The name on disk. */
    static String encode(String name) {
        var encoded = new StringBuilder();
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c > ' ' && c < 0x7f && c != '%') {
                encoded.append(c);
            } else {
                encoded.append('%').append(HEX.toHexDigits((byte) c));
            }
        }
        return encoded.toString();
    }

    /** The name that is so on disk. */
    static String decode(String encoded) {
        var name = new StringBuilder();
        byte[] bytes = encoded.getBytes(StandardCharsets.ISO_8859_1);
        for (int i = 0; i < bytes.length; i++) {
            boolean code = bytes[i] == '%' && i + 2 < bytes.length && isDigit(bytes[i + 1]) && isDigit(bytes[i + 2]);
            if (code) {
                name.append((char) HexFormat.fromHexDigits(encoded, i + 1, i + 3));
                i += 2;
            } else {
                name.append((char) (bytes[i] & 0xff));
            }
        }
        return name.toString();
    }

    /** As {@link #encode} writes them: no small letters. */
    private static boolean isDigit(byte c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F');
    }
}
