package io.volary.server.daemon;

import io.volary.linux.EventLoop;
import io.volary.linux.IoEngine;
import io.volary.linux.IoEngineKind;
import io.volary.linux.IoEngines;
import io.volary.server.config.Configuration;
import java.util.ArrayList;
import java.util.List;

/** The event loops on which the volumes live. */
final class Loops implements AutoCloseable {
    private final List<EventLoop> loops = new ArrayList<>();
    private final String ioEngine;

    /** Starts them; {@code loops} 0 means one per core. */
    Loops(Configuration.Engine engine) {
        int count = engine.loops() == 0 ? Runtime.getRuntime().availableProcessors() : engine.loops();
        var name = "";
        for (int i = 0; i < count; i++) {
            var io = open(engine.ioEngine());
            name = io.name();
            loops.add(new EventLoop("loop-" + i, io, System::nanoTime).start());
        }
        ioEngine = name;
    }

    private static IoEngine open(String kind) {
        return IoEngines.open(
                switch (kind) {
                    case "io_uring" -> IoEngineKind.IO_URING;
                    case "plain" -> IoEngineKind.PLAIN;
                    default -> IoEngineKind.AUTO;
                });
    }

    List<EventLoop> all() {
        return loops;
    }

    /** What the kernel allowed: {@code io_uring} or {@code plain}. */
    String ioEngine() {
        return ioEngine;
    }

    @Override
    public void close() {
        loops.forEach(EventLoop::close);
    }
}
