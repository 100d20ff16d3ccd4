package io.volary.linux;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The mounts of this process's namespace. The calls block; failures are {@link LinuxException}s. */
public final class Mounts {
    private static final Path LIST = Path.of("/proc/self/mountinfo");
    private static final int MS_NOSUID = 2;
    private static final int MS_NODEV = 4;
    private static final int MNT_FORCE = 1;
    private static final int MNT_DETACH = 2;

    /** Where fields of proc_pid_mountinfo(5) are: from the beginning, and behind the hyphen. */
    private static final int POINT = 4;

    private static final int TYPE = 1;
    private static final int SOURCE = 2;

    /**
     * A mount.
     *
     * @param type the kind of file system, such as {@code ext4} or {@code fuse.volary}
     * @param source what is mounted, in the file system's own words
     */
    public record Mount(Path point, String type, String source) {}

    private Mounts() {}

    /**
     * Mounts what {@code device} serves on the directory {@code point}. Needs the right to mount.
     *
     * @param subtype makes the type {@code fuse.<subtype>}
     * @param options as mount.fuse has them, besides those that are needed
     */
    public static void mountFuse(FuseDevice device, Path point, String subtype, String source, String options) {
        String data = "fd=" + device.fd() + ",rootmode=40000,user_id=0,group_id=0," + options;
        try (Arena arena = Arena.ofConfined()) {
            long result = SystemCall.MOUNT.call(
                    Paths.bytes(arena, source).address(),
                    Paths.address(arena, point),
                    Paths.bytes(arena, "fuse." + subtype).address(),
                    MS_NOSUID | MS_NODEV,
                    Paths.bytes(arena, data).address());
            LinuxException.check(result, "mount", point.toString());
        }
    }

    /** Unmounts what is on {@code point}; EBUSY if somebody uses it. */
    public static void unmount(Path point) {
        unmount(point, 0);
    }

    /** Unmounts what is on {@code point}, and cuts off who uses it: what they ask for from now on fails. */
    public static void unmountByForce(Path point) {
        try {
            unmount(point, MNT_FORCE);
        } catch (LinuxException e) {
            if (e.errno() != Errno.EBUSY) {
                throw e;
            }
            unmount(point, MNT_DETACH);
        }
    }

    private static void unmount(Path point, int flags) {
        try (Arena arena = Arena.ofConfined()) {
            LinuxException.check(
                    SystemCall.UMOUNT2.call(Paths.address(arena, point), flags), "umount", point.toString());
        }
    }

    /** What is mounted on {@code point}, last and so visible; null if nothing is. */
    public static @Nullable Mount on(Path point) {
        try {
            Mount found = null;
            for (String line : Files.readAllLines(LIST, StandardCharsets.ISO_8859_1)) {
                Mount mount = parse(line);
                if (mount.point.equals(point)) {
                    found = mount;
                }
            }
            return found;
        } catch (IOException e) {
            throw new UncheckedIOException("the list of mounts cannot be read", e);
        }
    }

    private static Mount parse(String line) {
        List<String> fields = List.of(line.split(" "));
        int hyphen = fields.indexOf("-");
        return new Mount(Path.of(unescape(fields.get(POINT))), fields.get(hyphen + TYPE), fields.get(hyphen + SOURCE));
    }

    /** Spaces, tabs, newlines and backslashes are written as three octal digits. */
    private static String unescape(String field) {
        String bytes = Pattern.compile("\\\\([0-7]{3})")
                .matcher(field)
                .replaceAll(
                        match -> Matcher.quoteReplacement(String.valueOf((char) Integer.parseInt(match.group(1), 8))));
        return new String(bytes.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    }
}
