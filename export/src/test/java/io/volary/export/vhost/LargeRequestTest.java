package io.volary.export.vhost;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;

import io.volary.block.BlockStatus;
import io.volary.block.FaultyBlockDevice;
import io.volary.block.MemoryBlockDevice;
import io.volary.block.Operation;
import io.volary.export.vhost.ring.DriverRing.Piece;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One descriptor may be as long as a guest likes, since no size_max is announced: the device gets it in pieces. */
class LargeRequestTest {
    private static final long HEAD = 5 << 20;
    private static final long STATUS = HEAD + 512;
    private static final long DATA = 6 << 20;
    private static final int BYTES = 9 << 20;

    private final FaultyBlockDevice device = new FaultyBlockDevice(new MemoryBlockDevice(64 << 20), 3);
    private final TestServer server =
            new TestServer().holdingWhenFull(Duration.ofHours(1)).with("disk", device);

    @AfterEach
    void close() {
        server.close();
    }

    private static int run(Guest guest, int type) {
        MemorySegment ram = guest.ram().memory();
        ram.set(JAVA_INT, HEAD, type);
        ram.set(JAVA_LONG, HEAD + 8, 8);
        ram.set(JAVA_BYTE, STATUS, (byte) 77);
        var pieces = List.of(
                new Piece(HEAD, 16, false), new Piece(DATA, BYTES, type == RequestType.IN), new Piece(STATUS, 1, true));
        guest.ring(0).driver().offer(pieces, -1);
        guest.kick(0);
        long end = System.nanoTime() + 20_000_000_000L;
        while (guest.ring(0).driver().take() < 0 && System.nanoTime() < end) {
            Thread.onSpinWait();
        }
        return ram.get(JAVA_BYTE, STATUS);
    }

    /** Now and then a piece finds no space: it is tried again, and those before it are not. */
    @ParameterizedTest
    @ValueSource(doubles = {0, 0.4})
    void isCutIntoPieces(double full) {
        device.fail(Operation.WRITE, BlockStatus.NO_SPACE, full);
        try (var guest = new Guest(server.socket("disk"), new Guest.Kind(false, false, false), 1)
                .negotiate()
                .start()) {
            MemorySegment data = guest.ram().memory().asSlice(DATA, BYTES);
            for (long i = 0; i < BYTES; i += 8) {
                data.set(JAVA_LONG, i, i);
            }
            for (int i = 0; i < 4; i++) {
                assertThat(run(guest, RequestType.OUT)).isZero();
            }
            data.fill((byte) 0);
            assertThat(run(guest, RequestType.IN)).isZero();
            for (long i = 0; i < BYTES; i += 8) {
                assertThat(data.get(JAVA_LONG, i)).isEqualTo(i);
            }
        }
    }
}
