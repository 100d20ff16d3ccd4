package io.volary.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Tells the service manager how the service is doing: systemd's sd_notify(3) protocol. */
public final class NotifySocket {
    private static final String VARIABLE = "NOTIFY_SOCKET";

    private NotifySocket() {}

    /**
     * Sends {@code state}, such as {@code READY=1}, to the manager that started this process.
     *
     * @return false if there is none that wants to hear
     */
    public static boolean send(String state) {
        return send(System.getenv(VARIABLE), state);
    }

    static boolean send(@Nullable String address, String state) {
        if (address == null || !(address.startsWith("/") || address.startsWith("@"))) {
            return false;
        }
        int type = SocketCalls.SOCK_DGRAM | SocketCalls.SOCK_CLOEXEC;
        int fd = (int) LinuxException.check(SystemCall.SOCKET.call(SocketCalls.AF_UNIX, type, 0), "socket", "");
        try (Arena arena = Arena.ofConfined()) {
            byte[] bytes = state.getBytes(StandardCharsets.UTF_8);
            MemorySegment message = arena.allocateFrom(JAVA_BYTE, bytes);
            MemorySegment to = UnixAddress.of(arena, address);
            long result = SystemCall.SENDTO.call(
                    fd, message.address(), bytes.length, SocketCalls.MSG_NOSIGNAL, to.address(), to.byteSize());
            LinuxException.check(result, "notify", address);
            return true;
        } finally {
            SystemCall.CLOSE.call(fd);
        }
    }
}
