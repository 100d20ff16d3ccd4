package io.volary.store.orangefs;

import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where the objects are.
 *
 * @param server such as {@code tcp://host:3334}
 * @param fileSystem its name
 * @param path the directory, without a slash at the end; empty for the root
 * @param library a path, or what the loader looks for
 */
record OrangeFsSettings(String server, String fileSystem, String path, String library) {
    static final Set<String> KEYS = Set.of("server", "fs", "path", "library");

    private static final Pattern SERVER = Pattern.compile("tcp://[A-Za-z0-9._-]{1,253}:([0-9]{1,5})");
    private static final Pattern FILE_SYSTEM = Pattern.compile("[A-Za-z0-9._-]{1,200}");
    private static final Pattern PATH = Pattern.compile("/|(/[A-Za-z0-9._-]{1,200})+");
    private static final int MAX_PATH_LENGTH = 512;
    private static final int MAX_PORT = 65535;

    /** @throws IllegalArgumentException says which key has what value, and what is allowed */
    static OrangeFsSettings of(Map<String, String> settings) {
        for (String key : settings.keySet()) {
            if (!KEYS.contains(key)) {
                throw refused(key, settings.get(key), "the keys are server, fs, path and library");
            }
        }
        String path = settings.getOrDefault("path", "/volary");
        checkPath(path);
        String library = settings.getOrDefault("library", "libpvfs2.so");
        if (library.isEmpty() || library.indexOf(0) >= 0) {
            throw refused("library", library, "the path of libpvfs2.so");
        }
        return new OrangeFsSettings(
                server(settings.get("server")), fileSystem(settings.get("fs")), path.equals("/") ? "" : path, library);
    }

    private static String server(@Nullable String value) {
        var matcher = SERVER.matcher(value == null ? "" : value);
        if (!matcher.matches() || port(matcher.group(1)) < 1 || port(matcher.group(1)) > MAX_PORT) {
            throw refused("server", value, "tcp://HOST:PORT with a port of 1 to 65535; it has to be there");
        }
        return matcher.group();
    }

    private static int port(String digits) {
        return Integer.parseInt(digits);
    }

    private static String fileSystem(@Nullable String value) {
        if (value == null || !FILE_SYSTEM.matcher(value).matches()) {
            throw refused(
                    "fs",
                    value,
                    "the file system's name, 1 to 200 letters, digits, dots, hyphens and underscores; it has to be there");
        }
        return value;
    }

    private static void checkPath(String value) {
        boolean relative = Pattern.compile("/\\.{1,2}(/|$)").matcher(value).find();
        if (!PATH.matcher(value).matches() || relative || value.length() > MAX_PATH_LENGTH) {
            throw refused(
                    "path",
                    value,
                    "an absolute path of up to 512 letters, digits, dots, hyphens, underscores and slashes, without . and ..");
        }
    }

    private static IllegalArgumentException refused(String key, @Nullable String value, String allowed) {
        String shown = value == null ? "missing" : "\"" + value + "\"";
        return new IllegalArgumentException(key + " is " + shown + "; allowed is " + allowed);
    }
}
