package io.volary.store.orangefs.child;

import io.volary.linux.DescriptorSocket;
import io.volary.linux.Errno;
import io.volary.linux.LinuxException;
import io.volary.linux.SharedDescriptor;
import io.volary.linux.Socket;
import io.volary.linux.pvfs.PvfsException;
import io.volary.linux.pvfs.PvfsLibrary;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * The program that has the library in it. It connects to who started it, is sent the memory that they share, says whether the library
 * has started, and then does what it is asked until the connection ends.
 *
 * <p>Arguments: the socket's path, the server, the file system, the library.
 */
public final class OrangeFsChild {
    /** How many arguments the program takes. */
    public static final int ARGUMENTS = 4;

    private static final long PATIENCE_MILLIS = 30_000;
    private static final int FAILED = 1;

    private final Socket socket;
    private final MessageStream messages;

    private OrangeFsChild(Socket socket) {
        this.socket = socket;
        messages = new MessageStream(socket, Request.HEAD_BYTES, Request.MAX_BYTES, Reply.MAX_BYTES);
    }

    public static void main(String[] arguments) throws InterruptedException {
        run(arguments, () -> PvfsLibrary.load(arguments[3]));
    }

    /** Runs the program with another library. Returns only by ending the process. */
    public static void run(String[] arguments, Supplier<PvfsLibrary> library) throws InterruptedException {
        if (arguments.length != ARGUMENTS) {
            throw new IllegalArgumentException("takes a socket, a server, a file system and a library");
        }
        Socket socket = Socket.connect(Path.of(arguments[0]));
        new OrangeFsChild(socket).serve(arguments[1], arguments[2], library);
    }

    private void serve(String server, String fileSystem, Supplier<PvfsLibrary> library) throws InterruptedException {
        MemorySegment shared = receiveMemory();
        PvfsLibrary started = start(library);
        var loop = new LibraryLoop(started, server, fileSystem, shared, reply -> messages.send(reply::encode));
        Thread.ofPlatform().name("requests").start(() -> takeRequests(loop));
        messages.send(Reply.of(0, 0)::encode);
        try {
            loop.run();
        } catch (RuntimeException | Error e) {
            e.printStackTrace();
            throw ended(FAILED);
        }
    }

    private PvfsLibrary start(Supplier<PvfsLibrary> library) {
        try {
            return library.get();
        } catch (IllegalArgumentException | UnsatisfiedLinkError e) {
            return refuse(Errno.ENOENT, e);
        } catch (PvfsException e) {
            return refuse(e.errno(), e);
        }
    }

    private PvfsLibrary refuse(int errno, Throwable reason) {
        messages.send(Reply.failure(0, errno, String.valueOf(reason.getMessage()))::encode);
        throw ended(FAILED);
    }

    /** The library may be in a call for half an hour, so the end of the connection ends the process from beside it. */
    private void takeRequests(LibraryLoop loop) {
        try {
            ByteBuffer message = messages.receive();
            while (message != null) {
                if (!loop.offer(Request.decode(message))) {
                    throw new IllegalArgumentException("more than " + Request.MAX_OUTSTANDING + " requests");
                }
                message = messages.receive();
            }
            throw ended(0);
        } catch (IllegalArgumentException | LinuxException e) {
            e.printStackTrace();
            throw ended(FAILED);
        }
    }

    /** Does not return. The library's own end is left out: it may wait for its servers. */
    private static AssertionError ended(int status) {
        Runtime.getRuntime().halt(status);
        return new AssertionError("halted");
    }

    private MemorySegment receiveMemory() throws InterruptedException {
        var descriptors = new DescriptorSocket(socket);
        List<SharedDescriptor> received = new ArrayList<>();
        MemorySegment nothing = Arena.ofAuto().allocate(1);
        long end = System.currentTimeMillis() + PATIENCE_MILLIS;
        while (received.isEmpty()) {
            int result = descriptors.receive(nothing, 0, 1, received);
            if (result == 0 || System.currentTimeMillis() > end) {
                throw ended(FAILED);
            }
            if (result < 0 && result != -Errno.EAGAIN) {
                throw new LinuxException("recvmsg", socket.toString(), -result);
            }
            Thread.sleep(1);
        }
        try (SharedDescriptor memory = received.getFirst()) {
            return memory.map(Arena.global(), 0, SharedPieces.BYTES);
        }
    }
}
