package io.volary.export.nbd;

import io.volary.fuzz.FuzzTarget;
import io.volary.fuzz.Parses;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;

/**
 * A file with certificates and keys, and one with pre-shared keys: they are read, or refused with a message that names the file. The
 * first byte of an input says whether others may read it, or it is far too long.
 */
@Parses({PemFile.class, PskFile.class})
public final class KeyFileTarget implements FuzzTarget {
    private static final int PUBLIC = 1;
    private static final int LONG = 2;
    private static final int TOO_LONG = (1 << 20) + 1;
    private static final byte[] USER = "user".getBytes(StandardCharsets.ISO_8859_1);

    private final Path file;

    /** Makes the file, which is private, in memory. */
    public KeyFileTarget() {
        try {
            file = Files.createTempFile(Path.of("/dev/shm"), "fuzz", "keys");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public List<byte[]> seeds() {
        return List.of(
                bytes("user:00112233445566778899aabbccddeeff\n\n#7573:00112233445566778899aabbccddeeff\n"),
                bytes("user:00\n"),
                new byte[] {PUBLIC},
                new byte[] {LONG},
                bytes("user:" + "0".repeat(200)),
                bytes("user:00112233445566778899aabbccddeeff\nuser:00112233445566778899aabbccddeeff"),
                bytes("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"),
                bytes("-----BEGIN OTHER-----\nMIIB\n-----END OTHER-----\n"),
                bytes("-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n-----END PRIVATE KEY-----\n"));
    }

    private static byte[] bytes(String text) {
        return (" " + text).getBytes(StandardCharsets.ISO_8859_1);
    }

    @Override
    public void run(byte[] input) throws IOException {
        int mode = input.length == 0 ? 0 : input[0];
        byte[] content = Arrays.copyOfRange(input, Math.min(1, input.length), input.length);
        Files.write(file, mode == LONG ? Arrays.copyOf(content, TOO_LONG) : content);
        Files.setPosixFilePermissions(
                file, PosixFilePermissions.fromString(mode == PUBLIC ? "rw-r--r--" : "rw-------"));
        check(() -> new PskFile(file).key(USER));
        check(() -> new PemFile(file).certificates());
        check(() -> new PemFile(file).privateKey("RSA"));
    }

    private void check(Runnable reading) {
        try {
            reading.run();
        } catch (IllegalArgumentException refused) {
            if (!String.valueOf(refused.getMessage()).contains(file.toString())) {
                throw new AssertionError("a message that names no file", refused);
            }
        }
    }

    @Override
    public void close() {
        try {
            Files.delete(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
