package io.volary.export.vhost;

import io.volary.block.BlockDevice;
import io.volary.export.Attachments;
import io.volary.export.Export;
import io.volary.linux.EventLoop;
import io.volary.linux.IoEngineKind;
import io.volary.linux.IoEngines;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A server with one event loop, and sockets in a directory of its own. */
final class TestServer implements AutoCloseable {
    private final List<AssertionError> failures = new CopyOnWriteArrayList<>();
    private final List<Export> exports = new ArrayList<>();
    private final EventLoop loop;
    private final VhostServer server = new VhostServer();
    private final Path directory;

    TestServer() {
        this(IoEngineKind.AUTO);
    }

    TestServer(IoEngineKind engine) {
        loop = new EventLoop("loop", IoEngines.open(engine), System::nanoTime, this::failed).start();
        try {
            directory = Files.createTempDirectory("vhost-test");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void failed(String what, Throwable failure) {
        failures.add(new AssertionError("failure in " + what, failure));
    }

    /** Holds requests for so long when there is no space; to be said before the disks. */
    TestServer holdingWhenFull(java.time.Duration hold) {
        server.holdWhenFull(hold);
        return this;
    }

    TestServer with(String name, BlockDevice device) {
        return with(name, device, new Attachments());
    }

    TestServer with(String name, BlockDevice device, Attachments attachments) {
        var export = new Export(name, "the disk " + name, device, loop, attachments);
        exports.add(export);
        server.offer(export, socket(name), 0600);
        return this;
    }

    Path socket(String name) {
        return directory.resolve(name + ".sock");
    }

    Export export(String name) {
        return exports.stream().filter(e -> e.name().equals(name)).findFirst().orElseThrow();
    }

    EventLoop loop() {
        return loop;
    }

    VhostServer server() {
        return server;
    }

    @Override
    public void close() {
        server.close();
        loop.close();
        try (var files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
            Files.delete(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        failures.forEach(failure -> {
            throw failure;
        });
    }
}
