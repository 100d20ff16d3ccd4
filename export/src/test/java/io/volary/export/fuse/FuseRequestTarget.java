package io.volary.export.fuse;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.volary.export.ScriptedEngine;
import io.volary.fuzz.FuzzTarget;
import io.volary.fuzz.Parses;
import io.volary.linux.DescriptorSocket;
import io.volary.linux.EventLoop;
import io.volary.linux.SharedDescriptor;
import io.volary.linux.Socket;
import io.volary.linux.SocketPair;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * The requests of a kernel, one after the other, four bytes before the body of each: opcode, node, length of the body, and whether it
 * is sent again. In between the server may be killed. All of them end, and nothing else than what was asked for happens.
 */
@Parses(
        value = {
            RequestDescriptor.class,
            FuseRequest.class,
            Operations.class,
            AttributeOperations.class,
            ReplyDescriptor.class
        },
        guides = {
            HandleTable.class,
            Dispatcher.class,
            NameOperations.class,
            OpenOperations.class,
            VolumeHandle.class,
            PlainHandle.class,
            RangeCopy.class,
            NodeTable.class
        },
        maxBytes = 2048,
        maxAllocation = 64 << 20)
public final class FuseRequestTarget implements FuzzTarget {
    private static final int HEAD_BYTES = 4;
    private static final int MAX_REQUESTS = 24;
    private static final long MAX_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final int MEMORY_BYTES = 1 << 20;
    private static final long HANDLE = 1L << 20;
    private static final int FILE = 2;

    /** No request: the server dies, and another one takes its place. */
    private static final int RESTART = 127;

    private final EventLoop loop = new EventLoop("fuzz", new ScriptedEngine(), System::nanoTime, (what, failure) -> {
        throw new AssertionError(what, failure);
    });
    private final SocketPair kernel = Socket.pair();
    private final FuseChannel channel = new FuseChannel(FuseConversation.device(kernel.second()));
    private final DescriptorSocket socket = new DescriptorSocket(kernel.first());
    private final MemorySegment memory = Arena.ofAuto().allocate(MEMORY_BYTES, 8);
    private final Path files = directory();

    /** What blocks waits for the loop, so it has a thread of its own. */
    private final ExecutorService blocking = Executors.newSingleThreadExecutor();

    private static Path directory() {
        try {
            return Files.createTempDirectory(Path.of("/dev/shm"), "fuzz");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public List<byte[]> seeds() {
        byte[] open = join(request(Opcode.LOOKUP, 1, "disk"), request(Opcode.OPEN, FILE, 2, 0));
        byte[] create = request(Opcode.CREATE, 1, 2, 0644, 022, 0, "notes.txt");
        byte[] io = join(
                request(Opcode.WRITE, FILE, HANDLE, 0L, 16, 0, 0L, 0, 0, "0123456789abcde"),
                request(Opcode.READ, FILE, HANDLE, 0L, 4096, 0, 0L, 0, 0),
                request(Opcode.FSYNC, FILE, HANDLE, 0, 0),
                request(Opcode.FALLOCATE, FILE, HANDLE, 0L, 8192L, 3, 0),
                request(Opcode.LSEEK, FILE, HANDLE, 0L, 3, 0),
                request(Opcode.GETATTR, FILE, 0, 0, 0L),
                request(Opcode.SETATTR, FILE, 0x1ff, 0, HANDLE, 4096L, 0L, 1L, 2L, 3L, 4, 5, 6, 0600, 0, 0, 0, 0),
                request(Opcode.COPY_FILE_RANGE, FILE, HANDLE, 0L, (long) FILE, HANDLE, 8192L, 4096L, 0L),
                request(Opcode.RELEASE, FILE, HANDLE, 0, 0, 0L));
        byte[] listing = join(
                request(Opcode.OPENDIR, 1, 0, 0),
                request(Opcode.READDIR, 1, HANDLE, 0L, 4096, 0, 0L, 0, 0),
                request(Opcode.READDIRPLUS, 1, HANDLE, 0L, 4096, 0, 0L, 0, 0),
                request(Opcode.FSYNCDIR, 1, HANDLE, 0, 0),
                request(Opcode.RELEASEDIR, 1, HANDLE, 0, 0, 0L));
        byte[] names = join(
                request(Opcode.MKNOD, 1, 0100644, 0, 022, 0, "other"),
                request(Opcode.RENAME, 1, 1L, "other", "third"),
                request(Opcode.RENAME2, 1, 1L, 1, 0, "third", "disk"),
                request(Opcode.UNLINK, 1, "disk"));
        byte[] facts = join(
                request(Opcode.GETXATTR, FILE, 64, 0, "user.volary.volume"),
                request(Opcode.LISTXATTR, FILE, 0, 0),
                request(Opcode.SETXATTR, FILE, 0, 0, "a"),
                request(Opcode.STATFS, 1),
                request(Opcode.IOCTL, FILE, HANDLE, 0, 0x80081272, 0L, 0, 8),
                request(Opcode.MKDIR, 1, 0, 0, "d"),
                request(Opcode.INTERRUPT, 1, 100L),
                request(Opcode.FORGET, FILE, 1L),
                request(Opcode.BATCH_FORGET, 1, 1, 0, 2L, 1L),
                request(Opcode.DESTROY, 1),
                request(99, 1));
        return List.of(
                join(open, io),
                join(create, io),
                join(create, listing),
                join(open, names),
                join(open, facts),
                join(create, create, again(create), again(names), names),
                join(open, request(RESTART, 0), io),
                join(create, request(RESTART, 0), again(create), io, listing),
                join(
                        open,
                        request(Opcode.SETATTR, 1, 0x1ff, 0, HANDLE, -1L, 0L, 1L, 2L, 3L, 4, 5, 6, 0600, 0, 0, 0, 0)),
                join(open, request(Opcode.IOCTL, FILE, HANDLE, 0, 0x80081272, 0L, 0, 8)),
                request(Opcode.LOOKUP, 1, "a".repeat(240)));
    }

    private static byte[] request(int opcode, int node, Object... fields) {
        ByteBuffer body = FuseConversation.body(fields);
        var request = ByteBuffer.allocate(HEAD_BYTES + body.remaining());
        return request.put((byte) opcode)
                .put((byte) node)
                .put((byte) body.remaining())
                .put((byte) 0)
                .put(body)
                .array();
    }

    private static byte[] again(byte[] requests) {
        byte[] resent = requests.clone();
        for (int at = 0; at < resent.length; at += HEAD_BYTES + Byte.toUnsignedInt(resent[at + 2])) {
            resent[at + 3] = 1;
        }
        return resent;
    }

    private static byte[] join(byte[]... parts) {
        var all = new ByteArrayOutputStream();
        Arrays.stream(parts).forEach(all::writeBytes);
        return all.toByteArray();
    }

    @Override
    public void run(byte[] input) {
        var volumes = new TestVolumes().changing(loop).with("disk", 1 << 20, loop);
        var server = new Server(MountJournal.create(true), volumes);
        for (int at = 0, number = 0; at + HEAD_BYTES <= input.length && number < MAX_REQUESTS; number++) {
            int bytes = Math.min(Byte.toUnsignedInt(input[at + 2]), input.length - at - HEAD_BYTES);
            if (input[at] == RESTART) {
                server.leave();
                server = new Server(MountJournal.restore(server.journal.log()), volumes);
                awaiting(CompletableFuture.runAsync(server.dispatcher::openVolumesAgain, blocking));
            } else {
                ask(input, at, bytes, 100 + 2L * number, server);
            }
            at += HEAD_BYTES + bytes;
        }
        server.leave();
        server.journal.close();
        clear();
    }

    /** What one process has. */
    private final class Server {
        private final MountJournal journal;
        private final Dispatcher dispatcher;
        private final FuseLoop here;

        Server(MountJournal journal, TestVolumes volumes) {
            this.journal = journal;
            var tree = new FileTree(volumes, new PlainFiles(files), new MountAccess(0600, 0, 0), journal);
            dispatcher = new Dispatcher(channel, tree, "/test", journal, () -> {}, new SharedExecutor(blocking));
            here = dispatcher.on(loop);
            loop.pass();
        }

        /** Lets go of what is open, and writes nothing down of that. */
        void leave() {
            dispatcher.handles().all().forEach(FuseRequestTarget.this::letGo);
            loop.remove(here);
            dispatcher.close();
        }
    }

    private void ask(byte[] input, int at, int bytes, long unique, Server server) {
        int length = RequestDescriptor.HEADER_BYTES + bytes;
        memory.asSlice(0, RequestDescriptor.HEADER_BYTES).fill((byte) 0);
        memory.set(JAVA_INT, 0, length);
        memory.set(JAVA_INT, 4, input[at]);
        memory.set(JAVA_LONG, 8, input[at + 3] == 0 ? unique : 100 | FuseConversation.RESENT);
        memory.set(JAVA_LONG, 16, input[at + 1]);
        MemorySegment.copy(input, at + HEAD_BYTES, memory, JAVA_BYTE, RequestDescriptor.HEADER_BYTES, bytes);
        socket.send(memory, 0, length);
        FuseRequest request = Objects.requireNonNull(channel.requests().take());
        if (request.read() != length) {
            throw new AssertionError("a request that is not what was sent");
        }
        server.dispatcher.received(request, server.here);
        long begin = System.nanoTime();
        while (!channel.requests().isQuiet()) {
            if (System.nanoTime() - begin > MAX_NANOS) {
                throw new AssertionError("request " + input[at] + " does not end");
            }
            loop.pass();
        }
        drain();
    }

    private void drain() {
        var none = new ArrayList<SharedDescriptor>();
        int received;
        do {
            received = socket.receive(memory, 0, MEMORY_BYTES, none);
        } while (received > 0);
    }

    private void awaiting(CompletableFuture<Void> task) {
        while (!task.isDone()) {
            loop.pass();
        }
        task.join();
    }

    private void letGo(Handle handle) {
        if (handle instanceof PlainHandle plain) {
            plain.close();
        } else if (handle instanceof VolumeHandle volume) {
            volume.leave();
            while (!volume.isClosed()) {
                loop.pass();
            }
        }
    }

    private void clear() {
        try (var left = Files.newDirectoryStream(files)) {
            for (Path file : left) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            Files.delete(files);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        blocking.close();
        channel.close();
        kernel.close();
    }
}
