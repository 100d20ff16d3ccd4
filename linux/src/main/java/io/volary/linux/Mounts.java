package io.volary.linux;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The mounts of this process's namespace. The calls block; failures are {@link LinuxException}s. */
public final class Mounts {
    private static final Path LIST = Path.of("/proc/self/mountinfo");
    private static final String HELPER = "fusermount3";
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

    /**
     * Mounts on {@code point} as the program fusermount3 does it for users who have not the right to mount: for themselves
     * only. It says on standard error why it does not.
     *
     * @throws LinuxException ENOENT if there is no such program, EPERM if it refuses
     */
    public static FuseDevice mountFuseAsUser(Path point, String subtype, String source, String options) {
        String all = options + ",nosuid,nodev,subtype=" + subtype + ",fsname=" + source.replace(",", "\\,");
        var command = List.of(HELPER, "-o", all, "--", point.toString());
        try (SocketPair pair = Socket.pair();
                Arena arena = Arena.ofConfined()) {
            String variable = "_FUSE_COMMFD=" + HandoverProcess.DESCRIPTOR;
            var received = new ArrayList<SharedDescriptor>();
            boolean mounted =
                    HandoverProcess.run(command, variable, pair.second().fd()) == 0
                            && new DescriptorSocket(pair.first()).receive(arena.allocate(1), 0, 1, received) > 0;
            if (!mounted || received.isEmpty()) {
                throw new LinuxException(HELPER, point.toString(), Errno.EPERM);
            }
            return FuseDevice.of(received.getFirst());
        }
    }

    private static void unmountAsUser(Path point, boolean force) {
        var command = new ArrayList<>(List.of(HELPER, "-u", "-q", "--", point.toString()));
        if (force) {
            command.add(1, "-z");
        }
        if (HandoverProcess.run(command, "LC_ALL=C", 2) != 0) {
            throw new LinuxException(HELPER + " -u", point.toString(), Errno.EBUSY);
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
            long result = SystemCall.UMOUNT2.call(Paths.address(arena, point), flags);
            if (result == -Errno.EPERM) {
                unmountAsUser(point, flags != 0);
            } else {
                LinuxException.check(result, "umount", point.toString());
            }
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
