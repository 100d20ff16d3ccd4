package io.volary.export.nbd;

import io.volary.block.BlockDevice;
import io.volary.export.Attachments;
import io.volary.export.Export;
import io.volary.export.ExportDirectory;
import io.volary.linux.EventLoop;
import io.volary.linux.IoEngineKind;
import io.volary.linux.IoEngines;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** An NBD server on a unix socket in a directory of its own, with one event loop. */
final class TestServer implements ExportDirectory, AutoCloseable {
    private final Map<String, Export> exports = new ConcurrentSkipListMap<>();
    private final List<AssertionError> failures = new CopyOnWriteArrayList<>();
    private final EventLoop loop;
    private final NbdServer server = new NbdServer(this);
    private final Path directory;

    TestServer() {
        this(IoEngineKind.AUTO);
    }

    TestServer(IoEngineKind engine) {
        loop = new EventLoop("loop", IoEngines.open(engine), System::nanoTime, this::failed).start();
        try {
            directory = Files.createTempDirectory("nbd-test");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.listen(socket(), 0600);
    }

    private void failed(String what, Throwable failure) {
        failures.add(new AssertionError("failure in " + what, failure));
    }

    TestServer with(String name, BlockDevice device) {
        exports.put(name, new Export(name, "the disk " + name, device, loop, new Attachments()));
        return this;
    }

    Path directory() {
        return directory;
    }

    Path socket() {
        return directory.resolve("nbd.sock");
    }

    /** For clients that take one. */
    String uri(String export) {
        return "nbd+unix:///" + export + "?socket=" + socket();
    }

    EventLoop loop() {
        return loop;
    }

    NbdServer server() {
        return server;
    }

    Export export(String name) {
        return Objects.requireNonNull(exports.get(name));
    }

    @Override
    public List<String> names() {
        return List.copyOf(exports.keySet());
    }

    @Override
    public @Nullable Export find(String name) {
        return exports.get(name);
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
