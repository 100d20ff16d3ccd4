package io.volary.volume.store;

import io.volary.linux.IoEngine;
import io.volary.linux.IoEngineKind;
import io.volary.linux.IoEngines;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

/** The contract over both kinds of I/O engine. */
class DirectoryStoreContractTest {
    @Nested
    class OverIoUring extends OverEngine {
        OverIoUring() {
            super(IoEngineKind.IO_URING);
        }
    }

    @Nested
    class OverPlainCalls extends OverEngine {
        OverPlainCalls() {
            super(IoEngineKind.PLAIN);
        }
    }

    abstract static class OverEngine extends SegmentStoreContractTest {
        private static final long SLEEP_NANOS = 10_000_000;

        private final IoEngine io;

        @TempDir
        Path directory;

        OverEngine(IoEngineKind kind) {
            io = IoEngines.open(kind);
        }

        @AfterEach
        void closeEngine() {
            io.close();
        }

        @Override
        protected SegmentStore openStore() {
            return new DirectoryStore(directory.resolve("family"), io, 0);
        }

        @Override
        protected void deliver() {
            io.await(SLEEP_NANOS);
            io.poll();
        }
    }
}
