package io.volary.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * Struct sockaddr_in and sockaddr_in6.
 *
 * <pre>
 *  IPv4:  0 family   2 port   4 address (4)   8 zero                      16
 *  IPv6:  0 family   2 port   4 flow          8 address (16)   24 scope   28
 * </pre>
 */
final class InternetAddress {
    static final int MAX_BYTES = 28;

    private static final ValueLayout.OfShort PORT_LAYOUT = JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN);
    private static final int PORT = 2;
    private static final int ADDRESS = 4;
    private static final int ADDRESS_BYTES = 4;
    private static final int END = 16;
    private static final int ADDRESS6 = 8;
    private static final int ADDRESS6_BYTES = 16;
    private static final int SCOPE6 = 24;
    private static final int END6 = 28;

    private InternetAddress() {}

    /** Throws if the name could not be resolved. */
    static MemorySegment of(Arena arena, InetSocketAddress address) {
        InetAddress host = address.getAddress();
        if (host == null) {
            throw new IllegalArgumentException("The host name " + address.getHostString() + " has no address.");
        }
        MemorySegment encoded = host instanceof Inet6Address host6 ? of6(arena, host6) : of4(arena, host);
        encoded.set(PORT_LAYOUT, PORT, (short) address.getPort());
        return encoded;
    }

    private static MemorySegment of4(Arena arena, InetAddress host) {
        MemorySegment encoded = arena.allocate(END, Integer.BYTES);
        encoded.set(JAVA_SHORT, 0, (short) SocketCalls.AF_INET);
        MemorySegment.copy(host.getAddress(), 0, encoded, JAVA_BYTE, ADDRESS, ADDRESS_BYTES);
        return encoded;
    }

    private static MemorySegment of6(Arena arena, Inet6Address host) {
        MemorySegment encoded = arena.allocate(END6, Integer.BYTES);
        encoded.set(JAVA_SHORT, 0, (short) SocketCalls.AF_INET6);
        MemorySegment.copy(host.getAddress(), 0, encoded, JAVA_BYTE, ADDRESS6, ADDRESS6_BYTES);
        encoded.set(JAVA_INT, SCOPE6, host.getScopeId());
        return encoded;
    }

    /** The address that the kernel wrote, or null if it is of another family. IPv4 inside IPv6 comes as IPv4. */
    static @Nullable InetSocketAddress decode(MemorySegment encoded) {
        return switch (encoded.get(JAVA_SHORT, 0)) {
            case SocketCalls.AF_INET -> decode(encoded, ADDRESS, ADDRESS_BYTES);
            case SocketCalls.AF_INET6 -> decode(encoded, ADDRESS6, ADDRESS6_BYTES);
            default -> null;
        };
    }

    private static InetSocketAddress decode(MemorySegment encoded, int at, int length) {
        byte[] host = encoded.asSlice(at, length).toArray(JAVA_BYTE);
        try {
            return new InetSocketAddress(
                    InetAddress.getByAddress(host), Short.toUnsignedInt(encoded.get(PORT_LAYOUT, PORT)));
        } catch (UnknownHostException impossible) {
            throw new IllegalStateException("an address of " + length + " bytes", impossible);
        }
    }
}
