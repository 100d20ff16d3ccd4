package io.volary.volume.remote;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What this machine is called, for messages on others. */
final class HostName {
    private static final Path FILE = Path.of("/proc/sys/kernel/hostname");

    private HostName() {}

    static String get() {
        try {
            String name = Files.readString(FILE).strip().replaceAll("[^!-~]", "");
            return name.isEmpty() ? "unknown" : name.substring(0, Math.min(name.length(), 200));
        } catch (IOException e) {
            return "unknown";
        }
    }
}
