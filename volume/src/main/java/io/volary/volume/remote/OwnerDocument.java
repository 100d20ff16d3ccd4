package io.volary.volume.remote;

import io.volary.linux.LinuxProcess;
import io.volary.volume.VolumeException;
import io.volary.volume.VolumeException.Kind;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An {@link Owner} as text: first a line with the version, then one line for each key, a space and its value. A newer version may
 * have more keys, as long as the known ones still say what they say here; otherwise its version is higher.
 */
final class OwnerDocument {
    static final int MAX_BYTES = 4096;
    private static final String TITLE = "volary-owner ";
    private static final int VERSION = 1;

    private OwnerDocument() {}

    static byte[] encode(Owner owner) {
        LinuxProcess process = owner.process();
        return String.join(
                        "\n",
                        TITLE + VERSION,
                        "server " + owner.server(),
                        "lease-ms " + owner.lease().millis(),
                        "boot " + process.boot(),
                        "namespaces " + process.namespaces(),
                        "process " + process.id(),
                        "start " + process.start(),
                        "host " + owner.host(),
                        "")
                .getBytes(StandardCharsets.UTF_8);
    }

    /**
     * @param name of the object, for messages
     * @throws VolumeException NEWER_FORMAT or CORRUPT
     */
    static Owner decode(String name, byte[] content) {
        List<String> lines = new String(content, StandardCharsets.UTF_8).lines().toList();
        if (lines.isEmpty() || !lines.getFirst().startsWith(TITLE)) {
            throw corrupt(name, "it does not begin with '" + TITLE.strip() + "'", null);
        }
        try {
            checkVersion(name, Integer.parseInt(lines.getFirst().substring(TITLE.length())));
            return owner(values(lines.subList(1, lines.size())));
        } catch (IllegalArgumentException e) {
            throw corrupt(name, String.valueOf(e.getMessage()), e);
        }
    }

    private static void checkVersion(String name, int version) {
        if (version != VERSION) {
            throw new VolumeException(
                    Kind.NEWER_FORMAT,
                    "object %s has version %d, and only %d is known: use the version of Volary that wrote it, or a newer one"
                            .formatted(name, version, VERSION));
        }
    }

    private static Map<String, String> values(List<String> lines) {
        Map<String, String> values = new HashMap<>();
        for (String line : lines) {
            String[] parts = line.split(" ", 2);
            if (parts.length < 2 || values.put(parts[0], parts[1]) != null) {
                throw new IllegalArgumentException("a line without a value, or the second for its key: " + line);
            }
        }
        return values;
    }

    private static Owner owner(Map<String, String> values) {
        var process = new LinuxProcess(
                value(values, "boot"), value(values, "namespaces"), number(values, "process"), number(values, "start"));
        return new Owner(
                value(values, "server"), new LeaseTerm(number(values, "lease-ms")), process, value(values, "host"));
    }

    private static String value(Map<String, String> values, String key) {
        String value = values.get(key);
        if (value == null) {
            throw new IllegalArgumentException("it has no " + key);
        }
        return value;
    }

    private static long number(Map<String, String> values, String key) {
        return Long.parseLong(value(values, key));
    }

    static VolumeException corrupt(String name, String reason, @Nullable Throwable cause) {
        return new VolumeException(
                Kind.CORRUPT,
                "object %s does not say who owns its family: %s. Delete it if no other server is on that uses this store"
                        .formatted(name, reason),
                cause);
    }
}
