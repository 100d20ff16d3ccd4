package io.volary.export;

import io.volary.linux.EventLoop;
import io.volary.linux.IoEngineKind;
import io.volary.linux.IoEngines;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** What a test's server needs: an event loop whose failures fail the test, and a directory for its sockets. */
public final class TestLoop implements AutoCloseable {
    private final List<AssertionError> failures = new CopyOnWriteArrayList<>();
    private final EventLoop loop;
    private final Path directory;

    public TestLoop(IoEngineKind engine) {
        try {
            directory = Files.createTempDirectory("export-test");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        loop = new EventLoop("loop", IoEngines.open(engine), System::nanoTime, this::failed).start();
    }

    private void failed(String what, Throwable failure) {
        failures.add(new AssertionError("failure in " + what, failure));
    }

    public EventLoop loop() {
        return loop;
    }

    public Path directory() {
        return directory;
    }

    /** Stops the loop, whose server has been closed, and throws what failed on it. */
    @Override
    public void close() {
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
