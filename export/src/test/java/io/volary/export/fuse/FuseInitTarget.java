package io.volary.export.fuse;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.volary.fuzz.FuzzTarget;
import io.volary.fuzz.Parses;
import io.volary.linux.DescriptorSocket;
import io.volary.linux.Socket;
import io.volary.linux.SocketPair;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** The first request of a kernel: it is answered, or the mount is given up. */
@Parses(
        value = Negotiation.class,
        guides = {RequestDescriptor.class, FuseRequest.class},
        maxBytes = 256)
public final class FuseInitTarget implements FuzzTarget {
    private static final long PATIENCE_MILLIS = 2;

    private final SocketPair kernel = Socket.pair();
    private final DescriptorSocket socket = new DescriptorSocket(kernel.first());
    private final FuseChannel channel = new FuseChannel(FuseConversation.device(kernel.second()));
    private final MemorySegment memory = Arena.ofAuto().allocate(256, 8);

    @Override
    public List<byte[]> seeds() {
        return List.of(init(7, 45, 1 << 30), init(7, 31, 0), init(8, 0, -1), init(7, 5, 0), init(6, 45, 0));
    }

    private static byte[] init(int major, int minor, int flags) {
        return ByteBuffer.allocate(RequestDescriptor.HEADER_BYTES + 64)
                .order(ByteOrder.nativeOrder())
                .putInt(4, Opcode.INIT)
                .putInt(40, major)
                .putInt(44, minor)
                .putInt(52, flags)
                .putInt(56, -1)
                .array();
    }

    @Override
    public void run(byte[] input) {
        MemorySegment.copy(input, 0, memory, JAVA_BYTE, 0, input.length);
        if (input.length > 0) {
            socket.send(memory, 0, input.length);
        }
        try {
            Negotiation.await(channel.device(), PATIENCE_MILLIS);
        } catch (FileRefusal refused) {
            // as it may be
        }
        socket.receive(memory, 0, 256, new ArrayList<>());
    }

    @Override
    public void close() {
        channel.close();
        kernel.close();
    }
}
