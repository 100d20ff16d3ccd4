package io.volary.store.orangefs;

import io.volary.linux.ListeningSocket;
import io.volary.linux.Socket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A child and the socket to it. The socket's path is in a directory that only this user can enter, and is there only until it has connected. */
final class ChildProcess implements AutoCloseable {
    private static final int OWNER_ONLY = 0600;
    private static final long POLL_MILLIS = 5;
    private static final long END_MILLIS = 2000;

    private final Process process;
    private final Socket socket;
    private final ChildOutput output;

    private ChildProcess(Process process, Socket socket, ChildOutput output) {
        this.process = process;
        this.socket = socket;
        this.output = output;
    }

    /** @throws ChildLostException if it does not start and connect before the deadline */
    static ChildProcess start(ChildCommand command, OrangeFsSettings settings, Deadline deadline) {
        try {
            Path directory = Files.createTempDirectory("volary-orangefs-");
            Path path = directory.resolve("s");
            try (ListeningSocket listening =
                    ListeningSocket.unix(path, OWNER_ONLY).nonBlocking()) {
                return start(command, settings, path, listening, deadline);
            } finally {
                Files.deleteIfExists(path);
                Files.deleteIfExists(directory);
            }
        } catch (IOException e) {
            throw new ChildLostException("its process cannot be started: " + e.getMessage());
        }
    }

    private static ChildProcess start(
            ChildCommand command, OrangeFsSettings settings, Path path, ListeningSocket listening, Deadline deadline)
            throws IOException {
        var arguments = List.of(path.toString(), settings.server(), settings.fileSystem(), settings.library());
        Process process = new ProcessBuilder(command.with(arguments))
                .redirectErrorStream(true)
                .start();
        var output = new ChildOutput();
        Thread.ofPlatform().daemon().name("orangefs-output").start(() -> output.read(process.getInputStream()));
        try {
            process.getOutputStream().close();
            return new ChildProcess(process, accept(listening, process, output, deadline), output);
        } catch (IOException | RuntimeException e) {
            process.destroyForcibly();
            throw e;
        }
    }

    private static Socket accept(ListeningSocket listening, Process process, ChildOutput output, Deadline deadline) {
        while (deadline.remainingMillis() > 0 && process.isAlive()) {
            Socket socket = listening.acceptWaiting();
            if (socket != null && socket.peerCredentials().pid() == process.pid()) {
                return socket;
            }
            if (socket != null) {
                socket.close();
            }
            pause();
        }
        throw new ChildLostException("its process did not start" + said(output));
    }

    private static void pause() {
        try {
            Thread.sleep(POLL_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ChildLostException("interrupted while its process was starting");
        }
    }

    private static String said(ChildOutput output) {
        return output.last().isEmpty() ? "" : ": " + output.last();
    }

    Socket socket() {
        return socket;
    }

    long pid() {
        return process.pid();
    }

    /** Why it ended, once it has; waits a little for that. */
    String ending() {
        try {
            boolean ended = process.waitFor(END_MILLIS, TimeUnit.MILLISECONDS);
            return (ended ? "its process ended with status " + process.exitValue() : "its process is stuck")
                    + said(output);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "its process ended";
        }
    }

    void kill() {
        process.destroyForcibly();
    }

    /** Comes when nobody is in a call of the socket. */
    @Override
    public void close() {
        kill();
        socket.close();
    }
}
