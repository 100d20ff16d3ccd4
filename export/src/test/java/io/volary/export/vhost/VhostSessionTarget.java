package io.volary.export.vhost;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import io.volary.block.BlockStatus;
import io.volary.block.FaultyBlockDevice;
import io.volary.block.MemoryBlockDevice;
import io.volary.block.Operation;
import io.volary.block.ReadOnlyBlockDevice;
import io.volary.export.Attachments;
import io.volary.export.Client;
import io.volary.export.Export;
import io.volary.export.ScriptedEngine;
import io.volary.export.vhost.memory.DirtyLog;
import io.volary.export.vhost.memory.GuestMemory;
import io.volary.export.vhost.memory.MemoryRegion;
import io.volary.export.vhost.ring.DriverRing;
import io.volary.export.vhost.ring.DriverRing.Piece;
import io.volary.export.vhost.ring.GuestRam;
import io.volary.fuzz.FuzzTarget;
import io.volary.fuzz.Parses;
import io.volary.linux.DescriptorSocket;
import io.volary.linux.EventFd;
import io.volary.linux.EventLoop;
import io.volary.linux.SharedDescriptor;
import io.volary.linux.Socket;
import io.volary.linux.SocketPair;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * The messages of one front-end, and the ring of its guest. The first byte of an input says how many messages there are,
 * and its highest bits whether the disk is read-only or full. Each has four
 * bytes before its payload: request, flags, descriptors (how many, of which kind, and whether the size is a lie), and size. What is left
 * of the input goes over the descriptors and the heads of a ring with one request of each type. The connection ends, and nothing of
 * it is left.
 */
@Parses(
        value = {
            Message.class,
            MessageHandler.class,
            MemoryMessages.class,
            RingMessages.class,
            ConfigMessages.class,
            InflightMemory.class,
            BlockRequest.class,
            RingSettings.class,
            MemoryRegion.class
        },
        guides = {
            Rings.class,
            RequestQueue.class,
            Connection.class,
            GuestMemory.class,
            DirtyLog.class,
            MessageChannel.class
        },
        maxBytes = 4096,
        maxAllocation = 16 << 20)
public final class VhostSessionTarget implements FuzzTarget {
    private static final int HEAD_BYTES = 4;
    private static final int MAX_MESSAGES = 32;
    private static final int KIND = 0x30;
    private static final int EVENT = 0x10;
    private static final int LOG = 0x20;
    private static final int LIE = 0x80;
    private static final int RAM = 1 << 18;
    private static final int HEADS = 0x30000;
    private static final int BYTES_OF_HEAD = 64;
    private static final int SIZE = 32;
    private static final int DESCRIPTORS_BYTES = SIZE * 16;
    private static final int READ_ONLY = 0x80;
    private static final int FULL = 0x40;
    private static final int LOG_BYTES = 1 << 16;
    private static final int[] TYPES = {
        RequestType.IN,
        RequestType.OUT,
        RequestType.FLUSH,
        RequestType.GET_ID,
        RequestType.DISCARD,
        RequestType.WRITE_ZEROES,
        99
    };
    private static final int MAX_PASSES = 3000;
    private static final int PASSES_PER_MESSAGE = 4;

    private final ScriptedEngine io = new ScriptedEngine();
    private final EventLoop loop = new EventLoop("fuzz", io, System::nanoTime, (what, failure) -> {
        throw new AssertionError(what, failure);
    });
    private final Attachments attachments = new Attachments();
    private final FaultyBlockDevice device = new FaultyBlockDevice(new MemoryBlockDevice(1 << 20), 1);
    private final Export export = new Export("disk", "", device, loop, attachments);
    private final Export readOnly = new Export("disk@s", "", new ReadOnlyBlockDevice(device), loop, attachments);
    private final GuestRam ram = new GuestRam(RAM);
    private final MemorySegment template = Arena.ofAuto().allocate(RAM, 8);
    private final SharedDescriptor small = SharedDescriptor.memory("fuzz", LOG_BYTES, true);
    private final EventFd event = EventFd.create();
    private final MemorySegment memory = Arena.ofAuto().allocate(Message.HEADER_BYTES + 256, 8);
    private int closed;
    private final VhostLoop vhost =
            new VhostLoop(loop, Runnable::run, Duration.ofSeconds(1), Duration.ofNanos(1), () -> closed++);

    /** Makes the template. */
    public VhostSessionTarget() {
        var driver = DriverRing.create(ram.memory(), false, SIZE, 0, false);
        int at = HEADS;
        for (int type : TYPES) {
            ram.memory().set(JAVA_INT, at, type);
            ram.memory().set(JAVA_LONG_UNALIGNED, at + 16, 8); // of a range, if it is one
            ram.memory().set(JAVA_INT, at + 24, 8);
            driver.offer(pieces(type, at), -1);
            at += BYTES_OF_HEAD;
        }
        loop.add(vhost);
        template.copyFrom(ram.memory());
    }

    private static List<Piece> pieces(int type, int at) {
        int data = at + 0x1000;
        return switch (type) {
            case RequestType.IN, RequestType.GET_ID ->
                List.of(new Piece(at, 16, false), new Piece(data, 512, true), new Piece(data, 1, true));
            case RequestType.OUT ->
                List.of(new Piece(at, 16, false), new Piece(data, 512, false), new Piece(data, 1, true));
            case RequestType.DISCARD, RequestType.WRITE_ZEROES ->
                List.of(new Piece(at, 32, false), new Piece(data, 1, true));
            default -> List.of(new Piece(at, 16, false), new Piece(data, 1, true));
        };
    }

    @Override
    public List<byte[]> seeds() {
        long features = Features.PROTOCOL_FEATURES | Features.VERSION_1 | Features.INDIRECT | Features.FLUSH;
        byte[] begin = join(
                message(MessageType.GET_FEATURES, 0),
                message(MessageType.SET_OWNER, 0),
                message(MessageType.SET_PROTOCOL_FEATURES, 0, Features.PROTOCOL),
                message(MessageType.SET_FEATURES, 0, features),
                message(MessageType.GET_QUEUE_NUM, 0),
                message(MessageType.SET_MEM_TABLE, 1, 1, GuestRam.GUEST, RAM, GuestRam.USER, 0));
        byte[] ring = join(
                message(MessageType.SET_VRING_NUM, 0, (long) SIZE << 32),
                message(MessageType.SET_VRING_BASE, 0, 0),
                message(
                        MessageType.SET_VRING_ADDR,
                        0,
                        0,
                        GuestRam.USER,
                        GuestRam.USER + 0x18000,
                        GuestRam.USER + 0x10000,
                        0),
                message(MessageType.SET_VRING_CALL, EVENT | 1, 0),
                message(MessageType.SET_VRING_ERR, EVENT | 1, 0),
                message(MessageType.SET_VRING_KICK, EVENT | 1, 0),
                message(MessageType.SET_VRING_ENABLE, 0, 1L << 32));
        byte[] stop = message(MessageType.GET_VRING_BASE, 0, 0);
        byte[] inflight = join(
                message(MessageType.GET_INFLIGHT, 0, 0, 0, 1 | (long) SIZE << 16),
                message(MessageType.SET_INFLIGHT, LOG | 1, 8192, 0, 1 | (long) SIZE << 16));
        byte[] log = join(
                message(MessageType.SET_LOG_BASE, LOG | 1, LOG_BYTES, 0),
                message(MessageType.SET_LOG_FD, EVENT | 1),
                message(MessageType.SET_FEATURES, 0, features | Features.LOG_ALL));
        byte[] config = join(
                message(MessageType.GET_CONFIG, 0, 60L << 32, 0, 0, 0, 0, 0, 0, 0, 0),
                message(MessageType.SET_CONFIG, 0, 32 | 1L << 32, 0),
                message(MessageType.SET_BACKEND_CHANNEL, EVENT | 1));
        byte[] slots = join(
                message(MessageType.GET_MAX_MEM_SLOTS, 0),
                message(MessageType.ADD_MEM_REGION, LOG | 1, 0, 0x1000_0000, 8192, 0x1000_0000, 0),
                message(MessageType.REMOVE_MEM_REGION, 0, 0, 0x1000_0000, 8192, 0x1000_0000, 0));
        byte[] reset = message(MessageType.RESET_DEVICE, 0);
        return new ArrayList<>(List.of(
                input(0, begin, ring, stop),
                input(FULL, begin, ring, stop),
                input(READ_ONLY, begin, ring, stop),
                input(0, begin, ring, ring),
                input(0, begin, inflight, ring, stop),
                input(0, begin, log, ring, stop, ring),
                input(0, config, begin, slots, ring, reset),
                input(0, begin, ring, slots, message(MessageType.SET_FEATURES, 0, 0)),
                input(0, begin, ring, config, message(MessageType.GET_PROTOCOL_FEATURES, 0), reset)));
    }

    private static byte[] message(int request, int descriptors, long... payload) {
        var message =
                ByteBuffer.allocate(HEAD_BYTES + payload.length * Long.BYTES).order(ByteOrder.nativeOrder());
        message.put((byte) request).put((byte) 9).put((byte) descriptors).put((byte) (payload.length * Long.BYTES));
        Arrays.stream(payload).forEach(message::putLong);
        return message.array();
    }

    private static byte[] join(byte[]... parts) {
        var all = new ByteArrayOutputStream();
        Arrays.stream(parts).forEach(all::writeBytes);
        return all.toByteArray();
    }

    /** Messages, and a guest's memory that begins as the template does. */
    private byte[] input(int mode, byte[]... messages) {
        byte[] all = join(messages);
        int count = 0;
        for (int at = 0; at < all.length; at += HEAD_BYTES + Byte.toUnsignedInt(all[at + 3])) {
            count++;
        }
        return join(
                new byte[] {(byte) (mode | count)},
                all,
                template.asSlice(0, DESCRIPTORS_BYTES).toArray(JAVA_BYTE),
                template.asSlice(HEADS, (long) TYPES.length * BYTES_OF_HEAD).toArray(JAVA_BYTE));
    }

    @Override
    public void run(byte[] input) {
        ram.memory().copyFrom(template);
        int mode = input.length == 0 ? 0 : input[0];
        device.fail(Operation.WRITE, BlockStatus.NO_SPACE, (mode & FULL) != 0 ? 1 : 0);
        var attachment = Objects.requireNonNull(attachments.attach(new Client("vhost", "pid:1", "a fuzzer", null)));
        int before = closed;
        try (SocketPair pair = Socket.pair()) {
            Export disk = (mode & READ_ONLY) != 0 ? readOnly : export;
            vhost.add(new Connection(vhost, disk, attachment, pair.second()));
            send(input, new DescriptorSocket(pair.first()));
            pair.first().shutdownOutput();
            for (int i = 0; closed == before; i++) {
                if (i == MAX_PASSES) {
                    throw new AssertionError("the connection does not end");
                }
                loop.pass();
            }
            loop.pass(); // what waited for events that are closed
        }
        if (!attachments.clients().isEmpty()) {
            throw new AssertionError("a client stays attached");
        }
    }

    private void send(byte[] input, DescriptorSocket socket) {
        int messages = input.length == 0 ? 0 : input[0] & (MAX_MESSAGES - 1);
        int end = 1;
        for (int i = 0; i < messages && end + HEAD_BYTES <= input.length; i++) {
            end += HEAD_BYTES + Math.min(Byte.toUnsignedInt(input[end + 3]), input.length - end - HEAD_BYTES);
        }
        lay(input, end, 0, DESCRIPTORS_BYTES);
        lay(input, end + DESCRIPTORS_BYTES, HEADS, 0x1000);
        for (int i = 0, at = 1; i < messages && at + HEAD_BYTES <= input.length; i++) {
            at += send(input, at, socket);
            for (int pass = 0; pass < PASSES_PER_MESSAGE; pass++) {
                loop.pass();
            }
        }
    }

    private void lay(byte[] input, int from, long to, int most) {
        int bytes = Math.clamp(input.length - from, 0, most);
        MemorySegment.copy(MemorySegment.ofArray(input), Math.min(from, input.length), ram.memory(), to, bytes);
    }

    private int send(byte[] input, int at, DescriptorSocket socket) {
        int descriptors = input[at + 2];
        int size = Byte.toUnsignedInt(input[at + 3]);
        int bytes = Math.min(size, input.length - at - HEAD_BYTES);
        memory.set(JAVA_INT, 0, input[at]);
        memory.set(JAVA_INT, 4, input[at + 1]);
        memory.set(JAVA_INT, 8, (descriptors & LIE) == 0 ? size : size << 24 | size);
        MemorySegment.copy(MemorySegment.ofArray(input), at + HEAD_BYTES, memory, Message.HEADER_BYTES, bytes);
        int[] files = new int[descriptors & 7];
        Arrays.fill(
                files,
                switch (descriptors & KIND) {
                    case EVENT -> event.fd();
                    case LOG -> small.fd();
                    default -> ram.file().fd();
                });
        socket.send(memory, 0, Message.HEADER_BYTES + bytes, files);
        return HEAD_BYTES + bytes;
    }

    @Override
    public void close() {
        vhost.close();
        small.close();
        event.close();
        ram.close();
    }
}
