package io.volary.export.nbd;

import static io.volary.export.nbd.RequestDescriptor.BLOCK_STATUS;
import static io.volary.export.nbd.RequestDescriptor.CACHE;
import static io.volary.export.nbd.RequestDescriptor.DISCONNECT;
import static io.volary.export.nbd.RequestDescriptor.FLAG_DF;
import static io.volary.export.nbd.RequestDescriptor.FLAG_FAST_ZERO;
import static io.volary.export.nbd.RequestDescriptor.FLAG_FUA;
import static io.volary.export.nbd.RequestDescriptor.FLAG_NO_HOLE;
import static io.volary.export.nbd.RequestDescriptor.FLAG_REQ_ONE;
import static io.volary.export.nbd.RequestDescriptor.FLUSH;
import static io.volary.export.nbd.RequestDescriptor.READ;
import static io.volary.export.nbd.RequestDescriptor.TRIM;
import static io.volary.export.nbd.RequestDescriptor.WRITE;
import static io.volary.export.nbd.RequestDescriptor.WRITE_ZEROES;
import static org.assertj.core.api.Assertions.assertThat;

import io.volary.block.BlockStatus;
import io.volary.block.FaultyBlockDevice;
import io.volary.block.MemoryBlockDevice;
import io.volary.block.Operation;
import io.volary.block.SlowBlockDevice;
import io.volary.export.Attachments;
import io.volary.export.Client;
import io.volary.export.FlagRecorder;
import io.volary.export.nbd.RawClient.Reply;
import io.volary.linux.IoEngineKind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Objects;
import java.util.Scanner;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** The transmission phase byte by byte, on both I/O engines. */
@ParameterizedClass
@EnumSource(names = {"IO_URING", "PLAIN"})
class TransmissionTest {
    private static final int SIZE = 4 << 20;
    private static final int EINVAL = 22;

    private final TestServer server;

    TransmissionTest(IoEngineKind engine) {
        server = new TestServer(engine).with("disk", new MemoryBlockDevice(SIZE));
    }

    @AfterEach
    void close() {
        server.close();
        assertThat(server.server().connections()).isZero();
        assertThat(server.export("disk").attachments().clients()).isEmpty();
    }

    private RawClient connect(String export, boolean structured) {
        return RawClient.transmitting(server.socket(), export, structured);
    }

    private static void write(RawClient client, long cookie, long offset, byte[] data) {
        client.send(RawClient.bytes(out -> {
            out.writeInt(RequestDescriptor.MAGIC);
            out.writeShort(0);
            out.writeShort(WRITE);
            out.writeLong(cookie);
            out.writeLong(offset);
            out.writeInt(data.length);
            out.write(data);
        }));
    }

    @Test
    void simpleReplies() {
        try (var client = connect("disk", false)) {
            byte[] data = "0123456789abcdef".repeat(64).getBytes(StandardCharsets.US_ASCII);
            write(client, 77, 512, data);
            Reply written = client.reply(0);
            assertThat(written.cookie()).isEqualTo(77);
            assertThat(written.error()).isZero();
            client.request(READ, 0, -1, 512, data.length);
            Reply reply = client.reply(data.length);
            assertThat(reply.structured()).isFalse();
            assertThat(reply.cookie()).isEqualTo(-1);
            assertThat(reply.payload().array()).isEqualTo(data);
        }
    }

    @Test
    void aWriteMayArriveByteByByte() {
        try (var client = connect("disk", false)) {
            byte[] data = new byte[512];
            Arrays.fill(data, (byte) 9);
            byte[] message = RawClient.bytes(out -> {
                out.writeInt(RequestDescriptor.MAGIC);
                out.writeInt(WRITE);
                out.writeLong(5);
                out.writeLong(0);
                out.writeInt(512);
                out.write(data);
            });
            for (byte b : message) {
                client.send(new byte[] {b});
            }
            assertThat(client.reply(0).cookie()).isEqualTo(5);
            client.request(READ, 0, 6, 0, 512);
            assertThat(client.reply(512).payload().array()).isEqualTo(data);
        }
    }

    @Test
    void flagsThatDoNotApplyAreRefused() {
        try (var client = connect("disk", true)) {
            for (int type : new int[] {READ, WRITE, FLUSH, TRIM, CACHE, WRITE_ZEROES}) {
                for (int bit = 0; bit < 16; bit++) {
                    int length = type == FLUSH ? 0 : 512;
                    client.request(type, 1 << bit, bit, 0, length);
                    if (type == WRITE) {
                        client.send(new byte[512]);
                    }
                    int expected = applies(type, 1 << bit) ? 0 : EINVAL;
                    assertThat(client.reply(type == READ ? 512 : 0).error())
                            .as("type %d, flag %d", type, 1 << bit)
                            .isEqualTo(expected);
                }
            }
        }
    }

    @Test
    void whatHasToBeDurableIsAskedForDurably() {
        var recorder = new FlagRecorder(new MemoryBlockDevice(SIZE));
        server.with("recorded", recorder);
        try (var client = connect("recorded", true)) {
            for (int type : new int[] {WRITE, WRITE_ZEROES}) {
                for (int flags : new int[] {0, FLAG_FUA}) {
                    client.request(type, flags, 1, 0, 512);
                    if (type == WRITE) {
                        client.send(new byte[512]);
                    }
                    assertThat(client.reply(0).error()).isZero();
                    assertThat(recorder.lastWasDurable()).isEqualTo(flags == FLAG_FUA);
                }
            }
            assertThat(recorder.flushes()).isZero();
            client.request(TRIM, FLAG_FUA, 1, 0, 512);
            client.reply(0);
            client.request(FLUSH, 0, 1, 0, 0);
            client.reply(0);
            assertThat(recorder.flushes()).isEqualTo(2);
        }
    }

    private static boolean applies(int type, int flag) {
        return flag == FLAG_FUA
                || (type == READ && flag == FLAG_DF)
                || (type == WRITE_ZEROES && (flag == FLAG_NO_HOLE || flag == FLAG_FAST_ZERO));
    }

    @Test
    void withoutStructuredRepliesThereIsNoDontFragment() {
        try (var client = connect("disk", false)) {
            client.request(READ, FLAG_DF, 1, 0, 512);
            assertThat(client.reply(0).error()).isEqualTo(EINVAL);
            client.request(BLOCK_STATUS, FLAG_REQ_ONE, 1, 0, 512);
            assertThat(client.reply(0).error()).isEqualTo(EINVAL);
        }
    }

    @Test
    void unknownCommandsAreRefused() {
        try (var client = connect("disk", true)) {
            for (int type : new int[] {8, 9, 1000, 0xffff}) {
                client.request(type, 0, type, 0, 512);
                Reply reply = client.reply(0);
                assertThat(reply.error()).isEqualTo(EINVAL);
                assertThat(reply.cookie()).isEqualTo(type);
                assertThat(RawClient.text(reply)).isEqualTo("no such command");
            }
        }
    }

    @Test
    void errorsOfReadsAreChunksWithAMessage() {
        try (var client = connect("disk", true)) {
            client.request(READ, 0, 3, SIZE, 512);
            Reply reply = client.reply(0);
            assertThat(reply.structured()).isTrue();
            assertThat(reply.type()).isEqualTo(ReplyDescriptor.TYPE_ERROR);
            assertThat(RawClient.text(reply)).isEqualTo("beyond the end of the export");
        }
    }

    @Test
    void aFlushHasNoRange() {
        try (var client = connect("disk", true)) {
            client.request(FLUSH, 0, 1, 512, 0);
            assertThat(client.reply(0).error()).isEqualTo(EINVAL);
            client.request(FLUSH, 0, 1, 0, 512);
            assertThat(client.reply(0).error()).isEqualTo(EINVAL);
        }
    }

    @Test
    void aWrongMagicClosesOnlyThatConnection() {
        try (var bad = connect("disk", true);
                var good = connect("disk", true)) {
            bad.request(0x12345678, READ, 0, 1, 0, 512);
            assertThat(bad.isClosed()).isTrue();
            good.request(READ, 0, 1, 0, 512);
            assertThat(good.reply(512).error()).isZero();
        }
    }

    @Test
    void disconnectAnswersWhatIsInFlight() {
        server.with("slow", slow(5));
        try (var client = connect("slow", false)) {
            for (int i = 0; i < 20; i++) {
                client.request(READ, 0, i, 0, 4096);
            }
            client.request(DISCONNECT, 0, 99, 0, 0);
            Set<Long> cookies = new HashSet<>();
            for (int i = 0; i < 20; i++) {
                cookies.add(client.reply(4096).cookie());
            }
            assertThat(cookies).hasSize(20);
            assertThat(client.isClosed()).isTrue();
        }
    }

    private SlowBlockDevice slow(long delayMillis) {
        return new SlowBlockDevice(
                new MemoryBlockDevice(SIZE),
                server.loop()::schedule,
                () -> Duration.ofMillis(delayMillis).toNanos());
    }

    @Test
    void aClientThatDiesInTheMiddleIsForgotten() {
        server.with("slow", slow(20));
        for (int cut = 0; cut < 3; cut++) {
            try (var client = connect("slow", true)) {
                client.request(READ, 0, 1, 0, 1 << 20);
                client.request(WRITE, 0, 2, 0, cut == 0 ? 512 : 1 << 20);
                client.send(new byte[cut * 100_000 + 100]);
            }
        }
        eventuallyAlone("slow");
    }

    private void eventuallyAlone(String export) {
        long deadline = System.nanoTime() + 5_000_000_000L;
        while (!server.export(export).attachments().clients().isEmpty()) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            Thread.onSpinWait();
        }
    }

    /** It asks for 800 MiB in all and reads nothing: that must not cost more than its share, nor keep others waiting. */
    @Test
    void aClientThatTakesNoRepliesHarmsOnlyItself() throws IOException {
        try (var greedy = connect("disk", true);
                var other = connect("disk", true)) {
            long before = residentBytes();
            for (int i = 0; i < 200; i++) {
                greedy.request(READ, 0, i, 0, SIZE);
            }
            for (int i = 0; i < 100; i++) {
                other.request(READ, 0, i, 0, 4096);
                assertThat(other.reply(4096).error()).isZero();
            }
            assertThat(residentBytes() - before).isLessThan(300L << 20);
            for (int i = 0; i < 200; i++) {
                assertThat(greedy.reply(SIZE).error()).isZero();
            }
        }
    }

    private static long residentBytes() throws IOException {
        try (var pages = new Scanner(Path.of("/proc/self/statm"), StandardCharsets.US_ASCII)) {
            pages.nextLong();
            return pages.nextLong() * 4096;
        }
    }

    @Test
    void aStoppingServerAnswersWhatIsInFlight() throws InterruptedException {
        server.with("slow", slow(200));
        try (var client = connect("slow", false)) {
            client.request(READ, 0, 1, 0, 4096);
            client.request(FLUSH, 0, 2, 0, 0);
            Thread.sleep(50);
            server.server().close();
            assertThat(client.reply(4096).error()).isZero();
            assertThat(client.reply(0).error()).isZero();
            assertThat(client.isClosed()).isTrue();
        }
    }

    @Test
    void readersOfWhatIsDeletedGetTheirAnswersAndHaveToGo() throws InterruptedException {
        server.with("slow", slow(200));
        Attachments attachments = server.export("slow").attachments();
        try (var reader = connect("slow", true);
                var other = connect("disk", true)) {
            reader.request(READ, 0, 1, 0, 4096);
            Thread.sleep(50); // it has arrived
            Duration patience = Duration.ofSeconds(10);
            assertThat(attachments.withoutReaders(client -> true, patience, () -> {
                        assertThat(attachments.clients()).isEmpty();
                        try (var late = RawClient.greeted(server.socket())) {
                            late.option(HandshakeDescriptor.OPTION_GO, RawClient.exportRequest("slow"));
                            assertThat(late.optionReply().type()).isEqualTo(HandshakeDescriptor.ERROR_SHUTDOWN);
                        }
                    }))
                    .isTrue();
            assertThat(reader.reply(4096).error()).isZero();
            assertThat(reader.isClosed()).isTrue();
            other.request(READ, 0, 1, 0, 4096);
            assertThat(other.reply(4096).error()).isZero();
        }
    }

    @Test
    void heldVolumesAreReadOnlyForOthersAndErrorsSayWhy() {
        var holder = new Client("nbd", "pid:1", "pid 1 (init)", null);
        try (var client = connect("disk", true);
                var attachment = Objects.requireNonNull(
                        server.export("disk").attachments().attach(holder))) {
            assertThat(attachment.acquire()).isTrue();
            write(client, 1, 0, new byte[512]);
            Reply refused = client.reply(0);
            assertThat(refused.error()).isEqualTo(1);
            assertThat(RawClient.text(refused)).isEqualTo("another client holds the volume");
            client.request(READ, 0, 2, 0, 512);
            assertThat(client.reply(512).error()).isZero();
        }
    }

    @Test
    void whoWritesHoldsTheVolumeUntilItsLastConnectionHasGone() {
        try (var first = connect("disk", true)) {
            assertThat(server.export("disk").attachments().holder()).isNull();
            try (var second = connect("disk", true)) {
                write(second, 1, 0, new byte[512]);
                assertThat(second.reply(0).error()).isZero();
                second.request(DISCONNECT, 0, 0, 0, 0);
                assertThat(second.isClosed()).isTrue();
            }
            assertThat(server.export("disk").attachments().holder()).isNotNull();
            first.request(DISCONNECT, 0, 0, 0, 0);
            assertThat(first.isClosed()).isTrue();
        }
        eventuallyAlone("disk");
        assertThat(server.export("disk").attachments().holder()).isNull();
    }

    @Test
    void oneFailingDeviceFailsOnlyItsRequests() {
        server.with(
                "faulty",
                new FaultyBlockDevice(new MemoryBlockDevice(SIZE), 3).fail(Operation.READ, BlockStatus.IO_ERROR, 0.5));
        int failed = 0;
        try (var client = connect("faulty", true)) {
            for (int i = 0; i < 200; i++) {
                client.request(READ, 0, i, 0, 4096);
                Reply reply = client.reply(4096);
                assertThat(reply.error()).isIn(0, 5);
                failed += reply.error() == 0 ? 0 : 1;
            }
        }
        assertThat(failed).isBetween(50, 150);
    }
}
