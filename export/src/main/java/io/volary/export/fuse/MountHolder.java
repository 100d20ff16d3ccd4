package io.volary.export.fuse;

import io.volary.linux.DescriptorSender;
import io.volary.linux.DescriptorSocket;
import io.volary.linux.Errno;
import io.volary.linux.FuseDevice;
import io.volary.linux.HandoverProcess;
import io.volary.linux.LinuxException;
import io.volary.linux.ListeningSocket;
import io.volary.linux.NamedPipe;
import io.volary.linux.SharedDescriptor;
import io.volary.linux.SharedLog;
import io.volary.linux.Socket;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The small process that keeps a mount while no daemon serves it ({@code holder.sh}): it has the descriptors of the connection to
 * the kernel and of the journal, and gives them to the next daemon. As long as this object is not closed it knows that there is
 * one. Blocks; any thread, one at a time.
 */
final class MountHolder implements AutoCloseable {
    private static final String PIPE = "mount.pipe";
    private static final String SOCKET = "mount.sock";
    private static final long PATIENCE_MILLIS = 10_000;

    /** In which one that is there opens its pipe again. */
    private static final long REOPENING_MILLIS = 1_000;

    private final Path directory;
    private final NamedPipe pipe;

    private MountHolder(Path directory, NamedPipe pipe) {
        this.directory = directory;
        this.pipe = pipe;
    }

    /** What a holder gives. */
    record Kept(FuseDevice device, SharedLog journal) {}

    /**
     * Starts one, which is reached in {@code keeping}'s directory. The descriptors stay the caller's, too.
     *
     * @throws LinuxException if it cannot be started
     */
    static MountHolder start(MountKeeping keeping, MountPoint point, FuseDevice device, SharedLog journal) {
        Path pipe = keeping.directory().resolve(PIPE);
        removeOld(pipe);
        NamedPipe.make(pipe);
        var command = List.of(
                "sh",
                "-c",
                "(" + script() + ") &",
                "volary-mount-holder",
                pipe.toString(),
                point.path().toString(),
                point.listed(),
                Long.toString(keeping.patience().toSeconds()),
                keeping.directory().resolve("volary.log").toString());
        int status = HandoverProcess.run(command, "LC_ALL=C", device.fd(), journal.fd());
        NamedPipe opened = status == 0 ? await(PATIENCE_MILLIS, () -> NamedPipe.open(pipe)) : null;
        if (opened == null) {
            removeOld(pipe);
            throw new LinuxException("start", "the process that keeps the mount", Errno.ETIMEDOUT);
        }
        var holder = new MountHolder(keeping.directory(), opened);
        holder.serve(keeping);
        return holder;
    }

    /** The one that a daemon before has left there; null if there is none. */
    static @Nullable MountHolder find(MountKeeping keeping) {
        Path pipe = keeping.directory().resolve(PIPE);
        try {
            NamedPipe opened = Files.exists(pipe) ? await(REOPENING_MILLIS, () -> NamedPipe.open(pipe)) : null;
            if (opened == null) {
                removeOld(pipe); // so that nobody waits for it again
                return null;
            }
            var holder = new MountHolder(keeping.directory(), opened);
            holder.serve(keeping);
            return holder;
        } catch (LinuxException gone) {
            return null;
        }
    }

    private void serve(MountKeeping keeping) {
        pipe.writeLine("serve " + keeping.patience().toSeconds());
    }

    /** What the holder has. @throws LinuxException ETIMEDOUT if it does not give it */
    Kept take() {
        Path path = directory.resolve(SOCKET);
        removeOld(path);
        try (ListeningSocket listening = ListeningSocket.unix(path, 0600).nonBlocking()) {
            pipe.writeLine("give " + sender(path));
            return await(PATIENCE_MILLIS, listening::acceptWaiting, path);
        } finally {
            removeOld(path);
        }
    }

    private static Kept await(long millis, Supplier<@Nullable Socket> accepting, Path path) {
        try (Socket socket = await(millis, accepting);
                Arena arena = Arena.ofConfined()) {
            var received = new ArrayList<SharedDescriptor>();
            if (socket != null) {
                var memory = arena.allocate(1);
                var descriptors = new DescriptorSocket(socket);
                await(millis, () -> descriptors.receive(memory, 0, 1, received) == -Errno.EAGAIN ? null : memory);
            }
            if (received.size() != DescriptorSender.COUNT) {
                received.forEach(SharedDescriptor::close);
                throw new LinuxException("receive the mount", path.toString(), Errno.ETIMEDOUT);
            }
            return new Kept(FuseDevice.of(received.getFirst()), SharedLog.of(received.getLast()));
        }
    }

    private static <T> @Nullable T await(long millis, Supplier<@Nullable T> question) {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        T answer = question.get();
        try {
            while (answer == null && System.nanoTime() < end) {
                Thread.sleep(1);
                answer = question.get();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return answer;
    }

    /** How a program is run that sends what it inherits, in a shell's words. */
    private static String sender(Path socket) {
        try {
            Path code = Path.of(DescriptorSender.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            var command = List.of(
                    System.getProperty("java.home") + "/bin/java",
                    "-XX:TieredStopAtLevel=1",
                    "-XX:+UseSerialGC",
                    "-Xmx16m",
                    "--enable-native-access=ALL-UNNAMED",
                    "-cp",
                    code.toString(),
                    DescriptorSender.class.getName(),
                    socket.toString());
            return command.stream()
                    .map(word -> "'" + word.replace("'", "'\\''") + "'")
                    .collect(Collectors.joining(" "));
        } catch (URISyntaxException impossible) {
            throw new LinkageError("code that is nowhere", impossible);
        }
    }

    private static String script() {
        try (InputStream script = MountHolder.class.getResourceAsStream("holder.sh")) {
            if (script == null) {
                throw new LinkageError("holder.sh is missing");
            }
            return new String(script.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void removeOld(Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Nothing is to be kept any more: the process ends. */
    void end() {
        try {
            pipe.writeLine("end");
        } catch (LinuxException gone) {
            // then it has ended already
        }
    }

    /** Nobody is to serve the mount any more: returns when it is gone. */
    void unmount() {
        try {
            pipe.writeLine("unmount");
        } catch (LinuxException gone) {
            return;
        }
        Path path = directory.resolve(PIPE);
        await(PATIENCE_MILLIS, () -> Files.exists(path) ? null : path);
    }

    /** Leaves the mount to the next daemon. */
    @Override
    public void close() {
        pipe.close();
    }
}
