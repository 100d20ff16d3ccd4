package io.volary.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.IntSupplier;

/**
 * A unix socket over which descriptors travel beside the bytes (SCM_RIGHTS in unix(7)). Its calls do not block, so an event
 * loop may make them. Confined to one thread; the socket stays its owner's.
 *
 * <pre>
 *  struct msghdr:    0 name   8 its length   16 iovec   24 count   32 control   40 its length   48 flags   56
 *  struct iovec:     0 address   8 length   16
 *  struct cmsghdr:   0 length with this head   8 level   12 type   16 descriptors, 4 bytes each
 * </pre>
 */
public final class DescriptorSocket {
    /** The most descriptors that go with one call. */
    public static final int MAX_DESCRIPTORS = 8;

    private static final int HEADER_BYTES = 56;
    private static final int VECTOR = 16;
    private static final int VECTOR_COUNT = 24;
    private static final int CONTROL = 32;
    private static final int CONTROL_LENGTH = 40;
    private static final int FLAGS = 48;
    private static final int VECTOR_BYTES = 16;
    private static final int CONTROL_LEVEL = 8;
    private static final int CONTROL_TYPE = 12;
    private static final int CONTROL_HEAD = 16;
    private static final int CONTROL_BYTES = CONTROL_HEAD + MAX_DESCRIPTORS * Integer.BYTES;

    private final IntSupplier socket;
    private final MemorySegment header;
    private final MemorySegment vector;
    private final MemorySegment control;

    public DescriptorSocket(Socket socket) {
        this(socket::fd);
    }

    /** A socket that was received over another one, and stays its owner's. */
    public DescriptorSocket(SharedDescriptor received) {
        this(received::fd);
    }

    private DescriptorSocket(IntSupplier socket) {
        this.socket = socket;
        Arena arena = Arena.ofAuto();
        header = arena.allocate(HEADER_BYTES, Long.BYTES);
        vector = arena.allocate(VECTOR_BYTES, Long.BYTES);
        control = arena.allocate(CONTROL_BYTES, Long.BYTES);
    }

    /**
     * Receives up to {@code length} bytes to {@code memory} at {@code at}, and adds the descriptors that came with them to
     * {@code received}; they are the caller's then.
     *
     * @return how many bytes; 0 at the end of the stream; or the negative of an {@link Errno}: EAGAIN if there is nothing yet,
     *     EMSGSIZE if there were more descriptors than {@link #MAX_DESCRIPTORS}
     */
    public int receive(MemorySegment memory, long at, int length, List<SharedDescriptor> received) {
        prepare(NativeMemory.writableAddress(memory, at, length), length, CONTROL_BYTES);
        int flags = SocketCalls.MSG_DONTWAIT | SocketCalls.MSG_CMSG_CLOEXEC;
        long result = SystemCall.RECVMSG.call(socket.getAsInt(), header.address(), flags);
        if (result < 0) {
            return (int) result;
        }
        takeDescriptors(received);
        boolean truncated = (header.get(JAVA_INT, FLAGS) & SocketCalls.MSG_CTRUNC) != 0;
        return truncated ? -Errno.EMSGSIZE : (int) result;
    }

    private void takeDescriptors(List<SharedDescriptor> received) {
        boolean rights = header.get(JAVA_LONG, CONTROL_LENGTH) > CONTROL_HEAD
                && control.get(JAVA_INT, CONTROL_LEVEL) == SocketCalls.SOL_SOCKET
                && control.get(JAVA_INT, CONTROL_TYPE) == SocketCalls.SCM_RIGHTS;
        if (rights) {
            long count = (control.get(JAVA_LONG, 0) - CONTROL_HEAD) / Integer.BYTES;
            for (int i = 0; i < count; i++) {
                received.add(new SharedDescriptor(control.get(JAVA_INT, CONTROL_HEAD + (long) i * Integer.BYTES)));
            }
        }
    }

    /**
     * Sends {@code length} bytes of {@code memory} at {@code at}, and with them descriptors, which stay the caller's.
     *
     * @return how many bytes were sent, or the negative of an {@link Errno}: EAGAIN if the peer does not take any
     */
    public int send(MemorySegment memory, long at, int length, int... descriptors) {
        if (descriptors.length > MAX_DESCRIPTORS) {
            throw new IllegalArgumentException(descriptors.length + " descriptors with one message");
        }
        int bytes = descriptors.length == 0 ? 0 : CONTROL_HEAD + descriptors.length * Integer.BYTES;
        prepare(NativeMemory.address(memory, at, length), length, bytes);
        if (bytes > 0) {
            control.set(JAVA_LONG, 0, bytes);
            control.set(JAVA_INT, CONTROL_LEVEL, SocketCalls.SOL_SOCKET);
            control.set(JAVA_INT, CONTROL_TYPE, SocketCalls.SCM_RIGHTS);
            for (int i = 0; i < descriptors.length; i++) {
                control.set(JAVA_INT, CONTROL_HEAD + (long) i * Integer.BYTES, descriptors[i]);
            }
        }
        int flags = SocketCalls.MSG_DONTWAIT | SocketCalls.MSG_NOSIGNAL;
        return (int) SystemCall.SENDMSG.call(socket.getAsInt(), header.address(), flags);
    }

    private void prepare(long address, int length, int controlBytes) {
        vector.set(JAVA_LONG, 0, address);
        vector.set(JAVA_LONG, Long.BYTES, length);
        header.set(JAVA_LONG, VECTOR, vector.address());
        header.set(JAVA_LONG, VECTOR_COUNT, 1);
        header.set(JAVA_LONG, CONTROL, control.address());
        header.set(JAVA_LONG, CONTROL_LENGTH, controlBytes);
        header.set(JAVA_INT, FLAGS, 0);
    }
}
