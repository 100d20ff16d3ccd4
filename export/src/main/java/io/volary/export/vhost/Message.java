package io.volary.export.vhost;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.volary.export.vhost.memory.ViolationException;
import io.volary.linux.EventFd;
import io.volary.linux.SharedDescriptor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * One message, and the descriptors that came with it. Used again for the next one.
 *
 * <pre>
 *    0          4          8          12
 *    +----------+----------+----------+---------------------------------+
 *    | request  | flags    | size     | payload                         |
 *    +----------+----------+----------+---------------------------------+
 *                 flags: 0-1 version, which is 1; 2 a reply; 3 a reply is asked for
 * </pre>
 */
final class Message implements AutoCloseable {
    static final int HEADER_BYTES = 12;

    /** A config space of 256 bytes with 12 before it, and some to spare: no message is longer. */
    static final int MAX_PAYLOAD_BYTES = 512;

    private static final int VERSION_MASK = 3;
    private static final int VERSION = 1;
    private static final int REPLY = 1 << 2;
    private static final int NEED_REPLY = 1 << 3;
    private static final int FLAGS = 4;
    private static final int SIZE = 8;

    /** The payload begins at 16, so that its numbers are aligned; the header before it ends there. */
    private static final int PADDING = 4;

    private final MemorySegment memory =
            Arena.ofAuto().allocate(PADDING + HEADER_BYTES + MAX_PAYLOAD_BYTES, Long.BYTES);
    private final List<SharedDescriptor> descriptors = new ArrayList<>();

    /** Header and payload, for sockets. */
    MemorySegment bytes() {
        return memory.asSlice(PADDING);
    }

    MemorySegment payload() {
        return memory.asSlice(PADDING + HEADER_BYTES);
    }

    /** Where descriptors are added as they arrive. */
    List<SharedDescriptor> descriptors() {
        return descriptors;
    }

    int request() {
        return memory.get(JAVA_INT, PADDING);
    }

    int size() {
        return memory.get(JAVA_INT, PADDING + SIZE);
    }

    boolean needsReply() {
        return (memory.get(JAVA_INT, PADDING + FLAGS) & NEED_REPLY) != 0;
    }

    /** @throws ViolationException if what has arrived is no header */
    void checkHeader() {
        int flags = memory.get(JAVA_INT, PADDING + FLAGS);
        if ((flags & VERSION_MASK) != VERSION || (flags & REPLY) != 0) {
            throw new ViolationException("a message with flags 0x" + Integer.toHexString(flags));
        }
        if (size() < 0 || size() > MAX_PAYLOAD_BYTES) {
            throw new ViolationException("a message of " + Integer.toUnsignedString(size()) + " bytes");
        }
    }

    /** @throws ViolationException if the payload is shorter */
    Message withPayload(int bytes) {
        if (size() < bytes) {
            throw new ViolationException("a message " + request() + " of only " + size() + " bytes");
        }
        return this;
    }

    int int32(int at) {
        return memory.get(JAVA_INT, PADDING + HEADER_BYTES + (long) at);
    }

    long int64(int at) {
        return memory.get(JAVA_LONG, PADDING + HEADER_BYTES + (long) at);
    }

    /** The descriptor that has to be there; it is the caller's from now on. */
    SharedDescriptor takeDescriptor() {
        if (descriptors.isEmpty()) {
            throw new ViolationException("a message " + request() + " without a descriptor");
        }
        return descriptors.removeFirst();
    }

    /** The event that has to be there; it is the caller's from now on. */
    EventFd takeEvent() {
        SharedDescriptor descriptor = takeDescriptor();
        try {
            return EventFd.of(descriptor);
        } catch (IllegalArgumentException e) {
            descriptor.close();
            throw new ViolationException("an event that is none");
        }
    }

    /** Makes this the answer to itself; the payload is to be filled. */
    void reply(int bytes) {
        memory.set(JAVA_INT, PADDING + FLAGS, VERSION | REPLY);
        memory.set(JAVA_INT, PADDING + SIZE, bytes);
    }

    void reply(long value) {
        reply(Long.BYTES);
        int64(0, value);
    }

    /** Makes it a message of the back-end. */
    void begin(int request) {
        memory.set(JAVA_INT, PADDING, request);
        memory.set(JAVA_INT, PADDING + FLAGS, VERSION);
        memory.set(JAVA_INT, PADDING + SIZE, 0);
    }

    void int32(int at, int value) {
        memory.set(JAVA_INT, PADDING + HEADER_BYTES + (long) at, value);
    }

    void int64(int at, long value) {
        memory.set(JAVA_LONG, PADDING + HEADER_BYTES + (long) at, value);
    }

    /** Closes the descriptors that nobody has taken. */
    @Override
    public void close() {
        descriptors.forEach(SharedDescriptor::close);
        descriptors.clear();
    }
}
