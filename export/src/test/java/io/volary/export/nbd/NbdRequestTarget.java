package io.volary.export.nbd;

import io.volary.block.MemoryBlockDevice;
import io.volary.export.Attachments;
import io.volary.export.Client;
import io.volary.export.Export;
import io.volary.export.ScriptedEngine;
import io.volary.fuzz.FuzzTarget;
import io.volary.fuzz.Parses;
import io.volary.linux.EventLoop;
import io.volary.linux.Socket;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * The requests of one connection; the first byte of an input says what was negotiated. They are answered, or the connection ends, and
 * either way nothing of it is left.
 */
@Parses(
        value = {RequestReceiver.class, RequestDescriptor.class, RequestCheck.class, Request.class},
        guides = {Connection.class, ReplySender.class},
        maxBytes = 64 << 10)
public final class NbdRequestTarget implements FuzzTarget {
    private static final int SIZE = 1 << 20;
    private static final int MAX_PASSES = 10_000;

    private final ScriptedEngine io = new ScriptedEngine();
    private final EventLoop loop = new EventLoop("fuzz", io, System::nanoTime, (what, failure) -> {
        throw new AssertionError(what, failure);
    });
    private final Attachments attachments = new Attachments();
    private final Export export = new Export("disk", "", new MemoryBlockDevice(SIZE), loop, attachments);
    private int closed;
    private final TransmissionLoop connections = new TransmissionLoop(loop, () -> closed++);

    @Override
    public List<byte[]> seeds() {
        return List.of(
                requests(3, RequestDescriptor.READ, 0, 4096),
                requests(3, RequestDescriptor.WRITE, 512, 1024),
                requests(0, RequestDescriptor.WRITE, 512, 40_000),
                requests(0, RequestDescriptor.WRITE, 0, SIZE + 512),
                requests(0, RequestDescriptor.WRITE, SIZE, 512),
                requests(3, RequestDescriptor.FLUSH, 0, 0),
                requests(3, RequestDescriptor.TRIM, 0, 8192),
                requests(3, RequestDescriptor.CACHE, 0, 8192),
                requests(3, RequestDescriptor.WRITE_ZEROES, 4096, 4096),
                requests(3, RequestDescriptor.BLOCK_STATUS, 0, SIZE),
                requests(4, RequestDescriptor.WRITE, 0, 512),
                requests(3, RequestDescriptor.DISCONNECT, 0, 0));
    }

    /** Twice the same. */
    private static byte[] requests(int mode, int type, long offset, int length) {
        return RawClient.bytes(out -> {
            out.writeByte(mode);
            for (int i = 0; i < 2; i++) {
                out.writeInt(RequestDescriptor.MAGIC);
                out.writeShort(i);
                out.writeShort(type);
                out.writeLong(i);
                out.writeLong(offset);
                out.writeInt(length);
                out.write(new byte[type == RequestDescriptor.WRITE && length <= SIZE / 2 ? length : 0]);
            }
        });
    }

    @Override
    public void run(byte[] input) {
        int mode = input.length == 0 ? 0 : input[0];
        var session = new Session((mode & 1) != 0, (mode & 2) != 0, (mode & 4) != 0);
        io.receives(Arrays.copyOfRange(input, Math.min(1, input.length), input.length));
        var attachment = Objects.requireNonNull(attachments.attach(new Client("nbd", "pid:1", "a fuzzer", null)));
        int before = closed;
        var pair = Socket.pair();
        pair.first().close();
        connections.open(new Negotiated(pair.second(), export, attachment, session));
        for (int i = 0; closed == before; i++) {
            if (i == MAX_PASSES) {
                throw new AssertionError("the connection does not end");
            }
            loop.pass();
        }
        if (!attachments.clients().isEmpty()) {
            throw new AssertionError("a client stays attached");
        }
    }
}
