package io.volary.export.nbd;

import io.volary.block.BlockStatus;
import io.volary.block.FaultyBlockDevice;
import io.volary.block.MemoryBlockDevice;
import io.volary.block.Operation;
import io.volary.block.SlowBlockDevice;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Each command, flag and error as libnbd sees it. */
class LibnbdTest {
    private static final long SIZE = 64 << 20;

    private final TestServer server = new TestServer();
    private final FaultyBlockDevice faulty = new FaultyBlockDevice(new MemoryBlockDevice(SIZE), 1);

    @BeforeEach
    void create() {
        var delays = new SplittableRandom(2);
        server.with("disk", new MemoryBlockDevice(SIZE))
                .with("faulty", faulty)
                .with(
                        "slow",
                        new SlowBlockDevice(
                                new MemoryBlockDevice(SIZE),
                                server.loop()::schedule,
                                () -> delays.nextLong(10_000, 2_000_000)));
    }

    @AfterEach
    void close() {
        server.close();
    }

    /** Runs Python with libnbd's handle {@code h} connected to the export. */
    private void python(String export, String script) {
        run("h.add_meta_context('base:allocation')\nh.connect_uri('" + server.uri(export) + "')\n" + script);
    }

    private static void run(String script) {
        // Not through nbdsh, which takes the first python3 that it finds, instead of the system's.
        Command.run("/usr/bin/python3", "-c", """
                import errno, sys
                try:
                    import nbd
                except ImportError:
                    sys.exit('libnbd is missing: install the package python3-libnbd')
                h = nbd.NBD()
                def fails(expected, call):
                    try:
                        call()
                    except nbd.Error as e:
                        assert e.errnum == expected, (e.errnum, expected, str(e))
                        return
                    raise AssertionError('succeeded')
                """ + script);
    }

    @Test
    void everyCommandAndFlag() {
        python("disk", """
                noise = bytes(range(256)) * 256
                h.pwrite(noise, 4096)
                h.pwrite(noise, 131072, nbd.CMD_FLAG_FUA)
                assert h.pread(65536, 4096) == noise
                assert h.pread(512, 4608) == noise[512:1024]
                h.flush()
                h.cache(65536, 0)
                h.zero(65536, 4096)
                assert h.pread(65536, 4096) == bytearray(65536)
                h.zero(65536, 131072, nbd.CMD_FLAG_FUA | nbd.CMD_FLAG_NO_HOLE | nbd.CMD_FLAG_FAST_ZERO)
                assert h.pread(65536, 131072) == bytearray(65536)
                h.pwrite(noise, 0)
                h.trim(4096, 0)
                h.trim(4096, 4096, nbd.CMD_FLAG_FUA)
                assert h.pread(8192, 0) == bytearray(8192)
                assert h.pread(4096, 8192) == noise[:4096]
                """);
    }

    @Test
    void structuredReadsComeAsOneChunk() {
        python("disk", """
                chunks = []
                def chunk(data, offset, status, error):
                    chunks.append((len(data), offset, status))
                h.pread_structured(65536, 8192, chunk)
                h.pread_structured(65536, 8192, chunk, nbd.CMD_FLAG_DF)
                assert chunks == [(65536, 8192, nbd.READ_DATA)] * 2, chunks
                """);
    }

    @Test
    void blockStatus() {
        python("disk", """
                h.pwrite(b'x' * 4096, 8192)
                h.zero(4096, 12288, nbd.CMD_FLAG_NO_HOLE)
                found = []
                def extents(context, offset, entries, error):
                    found.append((context, offset, entries))
                h.block_status(65536, 0, extents)
                assert found == [('base:allocation', 0, [8192, 3, 4096, 0, 4096, 2, 49152, 3])], found
                found.clear()
                h.block_status(65536, 4096, extents, nbd.CMD_FLAG_REQ_ONE)
                assert found == [('base:allocation', 4096, [4096, 3])], found
                """);
    }

    @Test
    void worksWithoutStructuredReplies() {
        run("h.set_request_structured_replies(False)\nh.connect_uri('" + server.uri("disk") + "')\n" + """
                assert not h.get_structured_replies_negotiated()
                assert not h.can_df()
                noise = bytes(range(256)) * 1024
                h.pwrite(noise, 512)
                assert h.pread(len(noise), 512) == noise
                assert h.pread(1024, 1024) == noise[512:1536]
                h.set_strict_mode(0)
                fails(errno.EINVAL, lambda: h.pread(512, h.get_size()))
                fails(errno.EINVAL, lambda: h.block_status(512, 0, lambda *a: 0))
                assert h.pread(1024, 1024) == noise[512:1536]
                """);
    }

    @Test
    void worksWithExportNameAndOldHandshakeFlags() {
        for (String flags : new String[] {"0", "nbd.HANDSHAKE_FLAG_FIXED_NEWSTYLE", "nbd.HANDSHAKE_FLAG_NO_ZEROES"}) {
            run("h.set_handshake_flags(" + flags + ")\nh.connect_uri('" + server.uri("disk") + "')\n" + """
                    assert h.get_size() == 64 << 20
                    h.pwrite(b'y' * 512, 0)
                    assert h.pread(512, 0) == b'y' * 512
                    """);
        }
    }

    @Test
    void refusesWhatIsNoRequestAndGoesOn() {
        python("disk", """
                size = h.get_size()
                h.set_strict_mode(0)
                fails(errno.EINVAL, lambda: h.pread(512, size))
                fails(errno.EINVAL, lambda: h.pread(1024, size - 512))
                fails(errno.EINVAL, lambda: h.pread(512, 1))
                fails(errno.EINVAL, lambda: h.pread(100, 0))
                fails(errno.EINVAL, lambda: h.pread(512, 1 << 63))
                fails(errno.ENOSPC, lambda: h.pwrite(b'x' * 512, size))
                fails(errno.ENOSPC, lambda: h.pwrite(b'x' * 1024, size - 512))
                fails(errno.EINVAL, lambda: h.pwrite(b'x' * 512, 3))
                fails(errno.EINVAL, lambda: h.pwrite(b'x' * 100, 0))
                fails(errno.EINVAL, lambda: h.pwrite(b'', 0))
                fails(errno.ENOSPC, lambda: h.zero(1024, size - 512))
                fails(errno.EINVAL, lambda: h.zero(100, 0))
                fails(errno.EINVAL, lambda: h.zero(0, 0))
                fails(errno.EINVAL, lambda: h.trim(1024, size - 512))
                fails(errno.EINVAL, lambda: h.cache(1024, size - 512))
                fails(errno.EINVAL, lambda: h.block_status(1024, size - 512, lambda *a: 0))
                fails(errno.EINVAL, lambda: h.block_status(0, 0, lambda *a: 0))
                assert h.pread(1024, 0) == bytearray(1024)
                """);
    }

    @Test
    void tooLongIsRefusedAndThePayloadSkipped() {
        python("disk", """
                h.set_strict_mode(0)
                big = bytearray((32 << 20) + 512)
                fails(errno.EINVAL, lambda: h.pwrite(big, 0))
                fails(errno.EOVERFLOW, lambda: h.pread(len(big), 0))
                h.pwrite(b'z' * (32 << 20), 0)
                assert h.pread(32 << 20, 0) == b'z' * (32 << 20)
                h.zero(48 << 20, 0)
                assert h.pread(32 << 20, 0) == bytearray(32 << 20)
                """);
    }

    @Test
    void readOnlyMeansThat() {
        server.with("frozen", new MemoryBlockDevice(SIZE).asReadOnly());
        python("frozen", """
                assert h.is_read_only()
                h.set_strict_mode(0)
                fails(errno.EPERM, lambda: h.pwrite(b'x' * 512, 0))
                fails(errno.EPERM, lambda: h.zero(512, 0))
                fails(errno.EPERM, lambda: h.trim(512, 0))
                assert h.pread(512, 0) == bytearray(512)
                h.flush()
                """);
    }

    @Test
    void deviceErrorsBecomeProtocolErrors() {
        String[][] cases = {
            {"IO_ERROR", "EIO"}, {"NO_SPACE", "ENOSPC"}, {"INVALID_RANGE", "EINVAL"},
            {"READ_ONLY", "EPERM"}, {"UNSUPPORTED", "ENOTSUP"}, {"FENCED", "ESHUTDOWN"}
        };
        for (String[] pair : cases) {
            BlockStatus status = BlockStatus.valueOf(pair[0]);
            for (Operation operation : Operation.values()) {
                faulty.fail(operation, status, 1);
            }
            String error = "errno." + pair[1];
            python("faulty", """
                    fails(%1$s, lambda: h.pread(512, 0))
                    fails(%1$s, lambda: h.pread(65536, 0))
                    fails(%1$s, lambda: h.pwrite(b'x' * 512, 0))
                    fails(%1$s, lambda: h.pwrite(b'x' * 65536, 0, nbd.CMD_FLAG_FUA))
                    fails(%1$s, lambda: h.flush())
                    fails(%1$s, lambda: h.trim(512, 0))
                    fails(%1$s, lambda: h.zero(512, 0))
                    fails(%1$s, lambda: h.block_status(512, 0, lambda *a: 0))
                    """.formatted(error));
        }
    }

    @Test
    void aTrimWithFuaFailsWithItsFlush() {
        faulty.fail(Operation.FLUSH, BlockStatus.IO_ERROR, 1);
        python("faulty", """
                h.trim(4096, 0)
                fails(errno.EIO, lambda: h.trim(4096, 0, nbd.CMD_FLAG_FUA))
                """);
    }

    @Test
    void manyRequestsInFlightOverSeveralConnections() {
        for (String export : new String[] {"disk", "slow"}) {
            python(export, """
            import random
            random.seed(7)
            assert h.can_multi_conn()
            handles = [h]
            for _ in range(3):
                other = nbd.NBD()
                other.connect_uri('%s')
                handles.append(other)
            blocks = [bytes([random.randrange(256)]) * random.choice([512, 4096, 20480, 65536]) for _ in range(1000)]
            def drain():
                for c in handles:
                    while c.aio_in_flight() > 0:
                        c.poll(-1)
            for i, block in enumerate(blocks):
                handles[i %% 4].aio_pwrite(nbd.Buffer.from_bytearray(bytearray(block)), i * 65536, completion=lambda e: 1)
            drain()
            h.flush()
            buffers = []
            for i, block in enumerate(blocks):
                buffer = nbd.Buffer(len(block))
                handles[(i + 1) %% 4].aio_pread(buffer, i * 65536, completion=lambda e: 1)
                buffers.append(buffer)
            drain()
            for block, buffer in zip(blocks, buffers):
                assert buffer.to_bytearray() == block
            for c in handles:
                c.shutdown()
            """.formatted(server.uri(export)));
        }
    }

    @Test
    void moreThanADeepQueueWaitsForItsTurn() {
        python("slow", """
                buffers = [nbd.Buffer(4096) for _ in range(1000)]
                for i, buffer in enumerate(buffers):
                    h.aio_pread(buffer, i * 4096)
                while h.aio_in_flight() > 0:
                    h.poll(-1)
                """);
    }

    @Test
    void oneWriterAtATime() {
        python("disk", """
                import os
                early = h
                early.pwrite(b'x' * 512, 0)
                if os.fork() == 0:
                    import traceback
                    status = 1
                    try:
                        late = nbd.NBD()
                        late.connect_uri('%s')
                        assert late.is_read_only()
                        late.set_strict_mode(0)
                        fails(errno.EPERM, lambda: late.pwrite(b'y' * 512, 0))
                        assert late.pread(512, 0) == b'x' * 512
                        status = 0
                    except BaseException:
                        traceback.print_exc()
                    os._exit(status)
                assert os.wait()[1] == 0
                same = nbd.NBD()
                same.connect_uri('%s')
                assert not same.is_read_only()
                same.pwrite(b'z' * 512, 0)
                """.formatted(server.uri("disk"), server.uri("disk")));
    }
}
