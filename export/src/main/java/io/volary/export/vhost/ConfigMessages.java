package io.volary.export.vhost;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.volary.block.BlockDevice;
import io.volary.export.vhost.memory.ViolationException;
import io.volary.linux.DescriptorSocket;
import io.volary.linux.SharedDescriptor;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** The messages about the config space, and the back-end's one message, that it has changed. */
final class ConfigMessages {
    /** Before the bytes: offset, their number, flags; 4 bytes each. */
    private static final int BYTES = 12;

    /** The protocol's limit. */
    private static final int MAX_BYTES = 256;

    private final BlockDevice device;
    private final MemorySegment space = MemorySegment.ofArray(new byte[MAX_BYTES]);
    private final Message notice = new Message();
    private @Nullable SharedDescriptor channel;
    private boolean writeback = true;

    ConfigMessages(BlockDevice device) {
        this.device = device;
    }

    Outcome read(Message message) {
        int offset = offset(message);
        int size = size(message, offset);
        ConfigSpace.write(space, 0, device, writeback, Rings.MAX_QUEUES);
        MemorySegment.copy(space, offset, message.payload(), BYTES, size);
        message.reply(BYTES + size);
        return Outcome.ANSWERED;
    }

    /** All but one byte is read-only, and a write to that changes nothing. */
    Outcome write(Message message) {
        int offset = offset(message);
        int size = size(message.withPayload(BYTES), offset);
        message.withPayload(BYTES + size);
        if (offset <= ConfigSpace.WRITEBACK && ConfigSpace.WRITEBACK < offset + size) {
            writeback = message.payload().get(JAVA_BYTE, BYTES + ConfigSpace.WRITEBACK - offset) != 0;
        }
        return Outcome.DONE;
    }

    private static int offset(Message message) {
        int offset = message.withPayload(BYTES).int32(0);
        if (offset < 0 || offset > MAX_BYTES) {
            throw new ViolationException("a config space offset of " + Integer.toUnsignedLong(offset));
        }
        return offset;
    }

    private static int size(Message message, int offset) {
        int size = message.int32(Integer.BYTES);
        if (size < 0 || size > MAX_BYTES - offset) {
            throw new ViolationException("a config space range of " + Integer.toUnsignedLong(size) + " bytes");
        }
        return size;
    }

    /** Whether the guest has a cache to flush, as it is told and may change. */
    boolean writeback() {
        return writeback;
    }

    void reset() {
        writeback = true;
    }

    /** A socket for the back-end's messages. */
    Outcome takeChannel(Message message) {
        close();
        channel = message.takeDescriptor();
        return Outcome.DONE;
    }

    /** Tells the front-end to look again; one that does not read its messages will not know. */
    void changed() {
        if (channel != null) {
            notice.begin(MessageType.CONFIG_CHANGED);
            new DescriptorSocket(channel).send(notice.bytes(), 0, Message.HEADER_BYTES);
        }
    }

    void close() {
        if (channel != null) {
            channel.close();
            channel = null;
        }
    }
}
