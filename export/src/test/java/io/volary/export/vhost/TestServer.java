package io.volary.export.vhost;

import io.volary.block.BlockDevice;
import io.volary.export.Attachments;
import io.volary.export.Export;
import io.volary.export.TestLoop;
import io.volary.linux.EventLoop;
import io.volary.linux.IoEngineKind;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A server with one event loop, and sockets in a directory of its own. */
final class TestServer implements AutoCloseable {
    private final List<Export> exports = new ArrayList<>();
    private final TestLoop test;
    private final VhostServer server;

    TestServer() {
        this(IoEngineKind.AUTO);
    }

    TestServer(IoEngineKind engine) {
        this(engine, new VhostServer());
    }

    /** One on which a client waits no longer than that for another one. */
    TestServer(Duration patience) {
        this(IoEngineKind.AUTO, new VhostServer(patience));
    }

    private TestServer(IoEngineKind engine, VhostServer server) {
        this.server = server;
        test = new TestLoop(engine);
    }

    /** Holds requests for so long when there is no space; to be said before the disks. */
    TestServer holdingWhenFull(Duration hold) {
        server.holdWhenFull(hold);
        return this;
    }

    TestServer with(String name, BlockDevice device) {
        return with(name, device, new Attachments());
    }

    TestServer with(String name, BlockDevice device, Attachments attachments) {
        var export = new Export(name, "the disk " + name, device, test.loop(), attachments);
        exports.add(export);
        server.offer(export, socket(name), 0600);
        return this;
    }

    Path socket(String name) {
        return test.directory().resolve(name + ".sock");
    }

    Export export(String name) {
        return exports.stream().filter(e -> e.name().equals(name)).findFirst().orElseThrow();
    }

    EventLoop loop() {
        return test.loop();
    }

    VhostServer server() {
        return server;
    }

    @Override
    public void close() {
        server.close();
        test.close();
    }
}
