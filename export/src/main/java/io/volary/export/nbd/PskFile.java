package io.volary.export.nbd;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The keys of a file as GnuTLS's {@code psktool} writes it: lines of {@code user:key}, the key in hexadecimal, and the user
 * too if it begins with {@code #}. Its errors name file and line, never what is in it.
 */
final class PskFile {
    private static final long MAX_BYTES = 1 << 20;

    /** What RFC 9257 asks for: who records a handshake must not be able to try out all keys. */
    private static final int MIN_KEY_BYTES = 16;
    /** GnuTLS, which clients use, takes no longer ones. */
    private static final int MAX_KEY_BYTES = 64;

    private static final Set<PosixFilePermission> FORBIDDEN = Set.of(
            PosixFilePermission.GROUP_WRITE,
            PosixFilePermission.OTHERS_READ,
            PosixFilePermission.OTHERS_WRITE,
            PosixFilePermission.OTHERS_EXECUTE);

    private final Path path;
    private final Map<String, byte[]> keys = new HashMap<>();

    /** @throws IllegalArgumentException if the file cannot be used */
    PskFile(Path path) {
        this.path = path;
        try {
            requirePrivate();
            parse();
        } catch (IOException e) {
            throw new IllegalArgumentException("cannot read " + path + ": " + e, e);
        }
        if (keys.isEmpty()) {
            throw new IllegalArgumentException(path + " holds no key; 'psktool -u USER -p " + path + "' makes one");
        }
    }

    private void requirePrivate() throws IOException {
        if (Files.getPosixFilePermissions(path).stream().anyMatch(FORBIDDEN::contains)) {
            throw new IllegalArgumentException(path
                    + " holds keys, and others than its owner may read or change it: make it private with chmod 600 "
                    + path);
        }
    }

    private void parse() throws IOException {
        if (Files.size(path) > MAX_BYTES) {
            throw new IllegalArgumentException(path + " is too large to be a file of keys");
        }
        // One byte is one character, so that users may be any bytes.
        int number = 0;
        for (String line : Files.readAllLines(path, StandardCharsets.ISO_8859_1)) {
            number++;
            if (!line.isBlank()) {
                add(line.strip(), number);
            }
        }
    }

    private void add(String line, int number) {
        int colon = line.indexOf(':');
        if (colon <= 0) {
            throw bad(number, "is not user:key");
        }
        byte[] key = hexadecimal(line.substring(colon + 1), number);
        if (key.length < MIN_KEY_BYTES || key.length > MAX_KEY_BYTES) {
            throw bad(
                    number,
                    "has a key of " + key.length + " bytes, and it has to have " + MIN_KEY_BYTES + " to "
                            + MAX_KEY_BYTES);
        }
        if (keys.putIfAbsent(user(line.substring(0, colon), number), key) != null) {
            throw bad(number, "has a user who has been there before");
        }
    }

    private String user(String text, int number) {
        return text.startsWith("#")
                ? new String(hexadecimal(text.substring(1), number), StandardCharsets.ISO_8859_1)
                : text;
    }

    private byte[] hexadecimal(String text, int number) {
        try {
            return HexFormat.of().parseHex(text);
        } catch (IllegalArgumentException e) {
            // The cause would quote the text.
            throw bad(number, "is not hexadecimal");
        }
    }

    private IllegalArgumentException bad(int number, String what) {
        return new IllegalArgumentException(path + ": line " + number + " " + what);
    }

    /** The user's key, or null if there is no such user. */
    byte @Nullable [] key(byte[] user) {
        byte[] key = keys.get(new String(user, StandardCharsets.ISO_8859_1));
        return key == null ? null : key.clone();
    }
}
