package io.volary.server.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against nbdkit, so that our client and our server cannot agree on the same mistake. */
class NbdClientTest {
    private static final int IMAGE_BYTES = 20 << 20;

    @TempDir
    private Path directory;

    private @Nullable Process server;

    @AfterEach
    void stopServer() throws InterruptedException {
        if (server != null) {
            server.destroy();
            server.waitFor();
        }
    }

    @Test
    void copiesInAndOut() throws Exception {
        var socket = serve("memory", "32M");
        var image = sparseImage(new Random(7));
        try (var client = new NbdClient(socket, "")) {
            assertThat(client.size()).isEqualTo(32 << 20);
            var source = RawInput.stream(Channels.newChannel(new ByteArrayInputStream(image)));
            assertThat(new RawSource(source, client, new Progress(null)).copy(image.length))
                    .isEqualTo(image.length);
        }
        var copy = new ByteArrayOutputStream();
        try (var client = new NbdClient(socket, "")) {
            new RawCopy(client, RawTarget.stream(Channels.newChannel(copy)), new Progress(null)).copy();
        }
        assertThat(copy.size()).isEqualTo(32 << 20);
        assertThat(java.util.Arrays.copyOf(copy.toByteArray(), image.length)).isEqualTo(image);
    }

    @Test
    void tellsExtents() throws Exception {
        var socket = serve("data", "1 @1048576 2", "size=2M");
        try (var client = new NbdClient(socket, "")) {
            var question = client.extents(0, 2 << 20);
            client.await(question);
            assertThat(question.extents()).anyMatch(NbdRequest.Extent::zero).anyMatch(extent -> !extent.zero());
        }
    }

    @Test
    void saysWhenThereIsNoSpace() throws Exception {
        var socket = serve("--filter=error", "memory", "1M", "error-pwrite=ENOSPC", "error-rate=100%");
        try (var client = new NbdClient(socket, "")) {
            assertThatThrownBy(() -> {
                        client.write(0, ByteBuffer.allocateDirect(4096));
                        client.flush();
                    })
                    .hasMessageContaining("no space left");
        }
    }

    @Test
    void saysWhenTheServerDies() throws Exception {
        var socket = serve("memory", "1M");
        try (var client = new NbdClient(socket, "")) {
            server().destroyForcibly().waitFor();
            assertThatThrownBy(client::flush).isInstanceOf(IOException.class);
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("Broken pipe"); // closing says goodbye to nobody
        }
    }

    private static byte[] sparseImage(Random random) {
        var image = new byte[IMAGE_BYTES - 512];
        for (int piece = 0; piece < 10; piece++) {
            var data = new byte[1 + random.nextInt(300_000)];
            random.nextBytes(data);
            System.arraycopy(data, 0, image, random.nextInt(image.length - data.length), data.length);
        }
        return image;
    }

    private Path serve(String... plugin) throws IOException, InterruptedException {
        var socket = directory.resolve("nbd.sock");
        var command = new java.util.ArrayList<>(List.of("nbdkit", "-f", "-U", socket.toString()));
        command.addAll(List.of(plugin));
        try {
            server = new ProcessBuilder(command)
                    .redirectError(new File("/dev/null"))
                    .start();
        } catch (IOException e) {
            throw new AssertionError("this test needs the Debian package nbdkit", e);
        }
        for (int i = 0; i < 500 && Files.notExists(socket); i++) {
            TimeUnit.MILLISECONDS.sleep(10);
        }
        return socket;
    }

    private Process server() {
        return java.util.Objects.requireNonNull(server);
    }
}
