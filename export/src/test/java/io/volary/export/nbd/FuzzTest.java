package io.volary.export.nbd;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.volary.block.MemoryBlockDevice;
import io.volary.linux.LinuxException;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Sessions with bytes changed, lost, doubled and made up. To replay a failure, run its seed alone. */
class FuzzTest {
    private static final int SIZE = 1 << 20;

    private final TestServer server = new TestServer().with("disk", new MemoryBlockDevice(SIZE));
    private final Logger logger = (Logger) LoggerFactory.getLogger("io.volary");
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();

    @BeforeEach
    void listen() {
        logger.setAdditive(false);
        log.start();
        logger.addAppender(log);
    }

    @AfterEach
    void close() {
        server.close();
        logger.detachAppender(log);
        logger.setAdditive(true);
    }

    @Test
    void brokenHandshakesHarmNobody() {
        for (long seed = 0; seed < 300; seed++) {
            var random = new SplittableRandom(seed);
            play(seed, new RawClient(server.socket()), mutate(random, handshake(random)));
        }
        assertServes();
    }

    @Test
    void brokenRequestsHarmNobody() {
        for (long seed = 0; seed < 300; seed++) {
            var random = new SplittableRandom(seed);
            RawClient client = RawClient.transmitting(server.socket(), "disk", random.nextBoolean());
            play(seed, client, mutate(random, requests(random)));
        }
        assertServes();
    }

    /** Sends without listening, as a broken client would. */
    private void play(long seed, RawClient client, byte[] bytes) {
        try (client) {
            client.send(bytes);
        } catch (LinuxException closedByTheServer) {
            // As is its right.
        }
        List<ILoggingEvent> events = List.copyOf(log.list);
        assertThat(events).as("seed %d", seed).noneMatch(event -> event.getLevel() == Level.ERROR);
    }

    private void assertServes() {
        long deadline = System.nanoTime() + 5_000_000_000L;
        while (server.server().connections() > 0) {
            assertThat(System.nanoTime()).as("connections remain").isLessThan(deadline);
            Thread.onSpinWait();
        }
        assertThat(server.export("disk").attachments().clients()).isEmpty();
        try (var client = RawClient.transmitting(server.socket(), "disk", true)) {
            client.request(RequestDescriptor.READ, 0, 1, 0, 4096);
            assertThat(client.reply(0).error()).isZero();
        }
        assertThat(log.list).noneMatch(event -> event.getLevel() == Level.ERROR);
    }

    private static byte[] handshake(SplittableRandom random) {
        return RawClient.bytes(out -> {
            out.writeInt(3);
            for (int i = random.nextInt(1, 6); i > 0; i--) {
                byte[] data = RawClient.exportRequest("disk", 1, 2, 3);
                out.writeLong(HandshakeDescriptor.OPTION_MAGIC);
                out.writeInt(random.nextInt(12));
                out.writeInt(data.length);
                out.write(data);
            }
            out.write(requests(random));
        });
    }

    private static byte[] requests(SplittableRandom random) {
        return RawClient.bytes(out -> {
            for (int i = random.nextInt(1, 40); i > 0; i--) {
                int type = random.nextInt(8);
                int length = random.nextInt(130) * 512;
                out.writeInt(RequestDescriptor.MAGIC);
                out.writeShort(random.nextInt(4) == 0 ? random.nextInt(32) : 0);
                out.writeShort(type);
                out.writeLong(i);
                out.writeLong(random.nextInt(SIZE / 512) * 512L);
                out.writeInt(length);
                out.write(new byte[type == RequestDescriptor.WRITE ? length : 0]);
            }
        });
    }

    private static byte[] mutate(SplittableRandom random, byte[] bytes) {
        var mutated = new ByteArrayOutputStream();
        int from = 0;
        for (int i = random.nextInt(4); i > 0; i--) {
            int at = random.nextInt(from, bytes.length + 1);
            mutated.write(bytes, from, at - from);
            from = Math.min(bytes.length, at + random.nextInt(8));
            byte[] noise = new byte[random.nextInt(16)];
            random.nextBytes(noise);
            mutated.writeBytes(noise);
        }
        mutated.write(bytes, from, bytes.length - from);
        byte[] result = mutated.toByteArray();
        return random.nextInt(3) == 0 ? Arrays.copyOf(result, random.nextInt(result.length + 1)) : result;
    }
}
