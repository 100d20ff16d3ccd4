package io.volary.export.nbd;

import io.volary.block.BlockDevice;
import io.volary.export.Attachments;
import io.volary.export.Export;
import io.volary.export.ExportDirectory;
import io.volary.export.TestLoop;
import io.volary.linux.EventLoop;
import io.volary.linux.IoEngineKind;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/** An NBD server on a unix socket in a directory of its own, with one event loop. */
final class TestServer implements ExportDirectory, AutoCloseable {
    private final Map<String, Export> exports = new ConcurrentSkipListMap<>();
    private final TestLoop test;
    private final NbdServer server = new NbdServer(this);

    TestServer() {
        this(IoEngineKind.AUTO);
    }

    TestServer(IoEngineKind engine) {
        test = new TestLoop(engine);
        server.listen(socket(), 0600);
    }

    TestServer with(String name, BlockDevice device) {
        exports.put(name, new Export(name, "the disk " + name, device, test.loop(), new Attachments()));
        return this;
    }

    Path directory() {
        return test.directory();
    }

    Path socket() {
        return test.directory().resolve("nbd.sock");
    }

    /** For clients that take one. */
    String uri(String export) {
        return "nbd+unix:///" + export + "?socket=" + socket();
    }

    EventLoop loop() {
        return test.loop();
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
        test.close();
    }
}
