package io.volary.export.fuse;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.volary.export.TestLoop;
import io.volary.linux.DescriptorSocket;
import io.volary.linux.FuseDevice;
import io.volary.linux.SharedDescriptor;
import io.volary.linux.Socket;
import io.volary.linux.SocketPair;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;

/** A server of a mount, and a kernel that sends it one request after the other and can do so again at the next server. */
final class FuseConversation implements AutoCloseable {
    static final long RESENT = 1L << 63;
    private static final int REPLY_BYTES = 4096;

    private final TestLoop loop;
    private final TestVolumes volumes;
    private final Path files;
    private final SocketPair kernel = Socket.pair();
    private MountJournal journal = MountJournal.create(true);
    private FuseChannel channel;
    private Dispatcher dispatcher;
    private long unique = 100;

    /** A reply, from behind its header. */
    record Reply(int errno, ByteBuffer body) {}

    FuseConversation(TestLoop loop, TestVolumes volumes, Path files) {
        this.loop = loop;
        this.volumes = volumes;
        this.files = files;
        channel = new FuseChannel(device(kernel.second()));
        dispatcher = dispatcher();
    }

    private Dispatcher dispatcher() {
        var tree = new FileTree(volumes, new PlainFiles(files), new MountAccess(0600, 0, 0), journal);
        return new Dispatcher(channel, tree, "/test", journal, () -> {});
    }

    static FuseDevice device(Socket socket) {
        try (SocketPair carrier = Socket.pair();
                Arena arena = Arena.ofConfined()) {
            var received = new ArrayList<SharedDescriptor>();
            new DescriptorSocket(carrier.first()).send(arena.allocate(1), 0, 1, socket.fd());
            new DescriptorSocket(carrier.second()).receive(arena.allocate(1), 0, 1, received);
            return FuseDevice.of(received.getFirst());
        }
    }

    /** The server is killed, and another one takes its place: what it knew is what was written down. */
    FuseConversation restarted() {
        journal = MountJournal.restore(journal.log());
        dispatcher = dispatcher();
        return this;
    }

    MountJournal journal() {
        return journal;
    }

    /** The unique of the last request. */
    long last() {
        return unique;
    }

    /** Sends a new request and returns its reply. */
    Reply ask(int opcode, long node, ByteBuffer body) {
        unique += 2;
        return send(unique, opcode, node, body);
    }

    /** Sends the last request again, or one that the server cannot tell from it. */
    Reply askAgain(int opcode, long node, ByteBuffer body) {
        return send(unique | RESENT, opcode, node, body);
    }

    private Reply send(long number, int opcode, long node, ByteBuffer body) {
        ByteBuffer all = ByteBuffer.allocate(RequestDescriptor.HEADER_BYTES + body.remaining())
                .order(ByteOrder.nativeOrder());
        all.putInt(all.capacity()).putInt(opcode).putLong(number).putLong(node);
        all.putInt(0).putInt(0).putInt((int) ProcessHandle.current().pid()).putInt(0);
        all.put(body.duplicate());
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocateFrom(JAVA_BYTE, all.array());
            kernel.first().send(memory, 0, all.capacity());
            receive();
            return reply(arena.allocate(REPLY_BYTES, 8), number);
        }
    }

    private void receive() {
        var given = new CompletableFuture<Integer>();
        FuseLoop here = dispatcher.on(loop.loop());
        loop.loop().execute(() -> {
            FuseRequest request = Objects.requireNonNull(channel.requests().take());
            given.complete(request.read());
            dispatcher.received(request, here);
        });
        given.join();
    }

    private Reply reply(MemorySegment memory, long number) {
        int header = ReplyDescriptor.HEADER_BYTES;
        kernel.first().receiveFully(memory, 0, header);
        ByteBuffer reply = memory.asByteBuffer().order(ByteOrder.nativeOrder());
        int bytes = reply.getInt() - header;
        int errno = -reply.getInt();
        if (reply.getLong() != number) {
            throw new AssertionError("a reply to another request");
        }
        kernel.first().receiveFully(memory, header, bytes);
        byte[] body = new byte[bytes];
        reply.get(header, body);
        return new Reply(errno, ByteBuffer.wrap(body).order(ByteOrder.nativeOrder()));
    }

    /** A body of numbers: an Integer is 4 bytes, a Long 8, and a String ends with a zero. */
    static ByteBuffer body(Object... fields) {
        ByteBuffer body = ByteBuffer.allocate(2048).order(ByteOrder.nativeOrder());
        for (Object field : fields) {
            switch (field) {
                case Integer number -> body.putInt(number);
                case Long number -> body.putLong(number);
                default ->
                    body.put(field.toString().getBytes(StandardCharsets.ISO_8859_1))
                            .put((byte) 0);
            }
        }
        return body.flip();
    }

    @Override
    public void close() {
        dispatcher.close();
        for (Handle handle : dispatcher.handles().all()) {
            if (handle instanceof VolumeHandle volume) {
                loop.loop().execute(volume::leave);
                while (!volume.isClosed()) {
                    Thread.onSpinWait();
                }
            }
        }
        channel.close();
        kernel.first().close();
        kernel.second().close();
        journal.close();
    }
}
