package io.volary.export.nbd;

import io.volary.block.MemoryBlockDevice;
import io.volary.block.ReadOnlyBlockDevice;
import io.volary.export.Attachments;
import io.volary.export.Export;
import io.volary.export.ExportDirectory;
import io.volary.export.ScriptedEngine;
import io.volary.fuzz.FuzzTarget;
import io.volary.fuzz.Parses;
import io.volary.linux.EventLoop;
import io.volary.linux.Socket;
import io.volary.linux.SocketPair;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A handshake over a socket, of a client that has sent all it has to say: it ends in an export, or with the client's connection. The
 * first byte of an input says in which state the server is, the next four are the client's flags, then come its options.
 */
@Parses(
        value = {Negotiation.class, ExportChoice.class, OptionReplies.class},
        guides = {OptionData.class, InfoRequest.class, MetaContextQuery.class},
        maxBytes = NbdHandshakeTarget.MAX_BYTES,
        maxAllocation = 64 << 20)
public final class NbdHandshakeTarget implements FuzzTarget, ExportDirectory {
    static final int MAX_BYTES = 2048;

    /** How the first byte of an input says that the export is being deleted, and that there is TLS. */
    private static final int DELETING = 1;

    private static final int TLS = 2;

    /** How it says that all options are sent 64 times. */
    private static final int MANY = 4;

    private static final int TIMES = 64;

    private final EventLoop loop = new EventLoop("fuzz", new ScriptedEngine(), System::nanoTime);
    private final Map<String, Export> exports =
            Map.of("disk", export("disk", false), "disk@monday", export("disk@monday", true));
    private final MemorySegment memory = Arena.ofAuto().allocate(TIMES * MAX_BYTES);
    private final TlsUpgrade tls = upgrade();
    private boolean replaced;

    private static TlsUpgrade upgrade() {
        try {
            Path keys = Files.createTempFile("fuzz", "psk"); // which is private
            Files.writeString(keys, "user:00112233445566778899aabbccddeeff");
            var upgrade = new TlsUpgrade(new TlsSettings.SharedKeys(keys));
            Files.delete(keys);
            return upgrade;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Export export(String name, boolean readOnly) {
        var device = new MemoryBlockDevice(1 << 20);
        return new Export(name, "a disk", readOnly ? new ReadOnlyBlockDevice(device) : device, loop, new Attachments());
    }

    @Override
    public List<String> names() {
        return List.of("disk", "disk@monday", "gone");
    }

    /** Of the name "anew" there is another one each time, and of "going" there is one but once. */
    @Override
    public @Nullable Export find(String name) {
        replaced = !replaced;
        return switch (name) {
            case "anew" -> export("anew", false);
            case "going" -> replaced ? export("going", false) : null;
            default -> exports.get(name);
        };
    }

    @Override
    public List<byte[]> seeds() {
        var seeds = new ArrayList<byte[]>();
        byte[] go = option(HandshakeDescriptor.OPTION_GO, RawClient.exportRequest("disk", 1, 2, 3));
        for (int flags = 0; flags < 4; flags++) {
            seeds.add(join(flags, option(HandshakeDescriptor.OPTION_EXPORT_NAME, OptionReplies.utf8("disk"))));
        }
        byte[] context = RawClient.metaContext("disk", HandshakeDescriptor.BASE_ALLOCATION);
        seeds.add(join(
                3,
                option(HandshakeDescriptor.OPTION_LIST, new byte[0]),
                option(HandshakeDescriptor.OPTION_STRUCTURED_REPLY, new byte[0]),
                option(HandshakeDescriptor.OPTION_LIST_META_CONTEXT, context),
                option(HandshakeDescriptor.OPTION_SET_META_CONTEXT, context),
                option(HandshakeDescriptor.OPTION_INFO, RawClient.exportRequest("disk@monday", 1, 2, 3)),
                go));
        seeds.add(join(3, option(HandshakeDescriptor.OPTION_STARTTLS, new byte[0]), go));
        seeds.add(join(3, option(HandshakeDescriptor.OPTION_ABORT, new byte[0])));
        seeds.add(join(3, option(99, new byte[200])));
        byte[] unknown = option(HandshakeDescriptor.OPTION_GO, RawClient.exportRequest("a".repeat(200)));
        seeds.add(join(TLS, 3, unknown, go));
        seeds.add(join(DELETING, 3, unknown, go));
        byte[] small = option(99, new byte[0]);
        seeds.add(join(MANY, 3, Collections.nCopies(16, small).toArray(byte[][]::new)));
        for (String name : List.of("anew", "going", "disk@monday")) {
            seeds.add(join(3, option(HandshakeDescriptor.OPTION_GO, RawClient.exportRequest(name))));
        }
        byte[] large = RawClient.bytes(out -> {
            out.write(option(99, new byte[0]));
            out.write(new byte[1800]);
        });
        ByteBuffer.wrap(large).putInt(12, 66_000);
        seeds.add(join(MANY, 3, large));
        return seeds;
    }

    private static byte[] option(int option, byte[] data) {
        return RawClient.bytes(out -> {
            out.writeLong(HandshakeDescriptor.OPTION_MAGIC);
            out.writeInt(option);
            out.writeInt(data.length);
            out.write(data);
        });
    }

    private static byte[] join(int flags, byte[]... options) {
        return join(0, flags, options);
    }

    private static byte[] join(int mode, int flags, byte[]... options) {
        return RawClient.bytes(out -> {
            out.writeByte(mode);
            out.writeInt(flags);
            for (byte[] option : options) {
                out.write(option);
            }
        });
    }

    @Override
    public void run(byte[] input) {
        int mode = input.length == 0 ? 0 : input[0];
        int bytes = lay(input, (mode & MANY) != 0 ? TIMES : 1);
        Export disk = Objects.requireNonNull(exports.get("disk"));
        replaced = false;
        if ((mode & DELETING) != 0) {
            disk.attachments().withoutClients(() -> negotiate(bytes, mode));
        } else {
            negotiate(bytes, mode);
        }
        if (!disk.attachments().clients().isEmpty()) {
            throw new AssertionError("a client stays attached");
        }
    }

    /** Lays out what the client sends; returns how much that is. */
    private int lay(byte[] input, int times) {
        int flags = Math.min(input.length, 1);
        int options = Math.min(input.length, 1 + Integer.BYTES);
        MemorySegment.copy(input, flags, memory, ValueLayout.JAVA_BYTE, 0, options - flags);
        int at = options - flags;
        for (int i = 0; i < times; i++) {
            MemorySegment.copy(input, options, memory, ValueLayout.JAVA_BYTE, at, input.length - options);
            at += input.length - options;
        }
        return at;
    }

    private void negotiate(int bytes, int mode) {
        try (SocketPair pair = Socket.pair()) {
            if (bytes > 0) {
                pair.first().send(memory, 0, bytes);
            }
            pair.first().shutdownOutput();
            Thread reader =
                    (mode & MANY) == 0 ? null : Thread.ofPlatform().daemon().start(() -> read(pair.first()));
            negotiate(pair.second(), (mode & TLS) == 0 ? null : tls);
            pair.second().shutdown();
            join(reader);
        }
    }

    private void negotiate(Socket socket, @Nullable TlsUpgrade upgrade) {
        try {
            var stream = new NegotiationStream(socket, System.nanoTime() + TimeUnit.SECONDS.toNanos(10));
            Negotiated negotiated = new Negotiation(this, new Peer("pid:1", "a fuzzer"), stream, upgrade).run();
            if (negotiated != null) {
                negotiated.attachment().close();
            }
        } catch (NegotiationException | IOException over) {
            // as it may be
        }
    }

    /** Takes the replies, which else might be more than a socket holds. */
    private static void read(Socket client) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment replies = arena.allocate(64 << 10);
            while (client.receive(replies, 0, 64 << 10) > 0) {
                // more may come
            }
        }
    }

    private static void join(@Nullable Thread reader) {
        try {
            if (reader != null) {
                reader.join();
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
