package io.volary.export.nbd;

import static org.assertj.core.api.Assertions.assertThat;

import io.volary.block.MemoryBlockDevice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The programs that people use, against memory devices. */
class NbdClientsTest {
    private static final long SIZE = 32 << 20;

    private final TestServer server = new TestServer();
    private final String uri = server.uri("disk");

    @TempDir
    private Path files;

    @BeforeEach
    void create() {
        server.with("disk", new MemoryBlockDevice(SIZE)).with("other", new MemoryBlockDevice(1 << 20));
    }

    @AfterEach
    void close() {
        server.close();
    }

    @Test
    void qemuIoWritesAndVerifies() {
        String output = Command.run(
                "qemu-io",
                "-f",
                "raw",
                uri,
                "-c",
                "write -P 0x5a 1M 3M",
                "-c",
                "read -P 0x5a 1M 3M",
                "-c",
                "read -P 0 0 1M",
                "-c",
                "write -z 2M 1M",
                "-c",
                "read -P 0 2M 1M",
                "-c",
                "discard 1M 1M",
                "-c",
                "flush");
        assertThat(output).contains("wrote 3145728/3145728").doesNotContain("failed");
    }

    @Test
    void nbdinfoDescribesAnExport() {
        String json = Command.run("nbdinfo", "--json", uri);
        assertThat(json)
                .contains("\"protocol\": \"newstyle-fixed\"", "\"structured\": true", "\"TLS\": false")
                .contains("\"export-name\": \"disk\"", "\"description\": \"the disk disk\"")
                .contains("\"export-size\": " + SIZE, "\"base:allocation\"", "\"is_read_only\": false")
                .contains("\"can_cache\": true", "\"can_df\": true", "\"can_fast_zero\": true", "\"can_flush\": true")
                .contains("\"can_fua\": true", "\"can_multi_conn\": true", "\"can_trim\": true", "\"can_zero\": true")
                .contains("\"block_size_minimum\": 512", "\"block_size_preferred\": 4096")
                .contains("\"block_size_maximum\": 33554432");
    }

    @Test
    void nbdinfoListsExports() {
        String list = Command.run("nbdinfo", "--list", "nbd+unix://?socket=" + server.socket());
        assertThat(list).contains("export=\"disk\"", "export=\"other\"", "description: the disk other");
    }

    @Test
    void nbdinfoMapsData() {
        Command.run("qemu-io", "-f", "raw", uri, "-c", "write -P 1 1M 1M", "-c", "write -P 1 4M 64k");
        String map = Command.run("nbdinfo", "--map", uri);
        assertThat(map.lines().map(line -> line.strip().replaceAll(" +", " ")))
                .containsExactly(
                        "0 1048576 3 hole,zero",
                        "1048576 1048576 0 data",
                        "2097152 2097152 3 hole,zero",
                        "4194304 65536 0 data",
                        "4259840 29294592 3 hole,zero");
    }

    @Test
    void nbdinfoSaysThatASnapshotIsReadOnly() {
        server.with("disk@monday", new MemoryBlockDevice(1 << 20).asReadOnly());
        assertThat(Command.run("nbdinfo", "--json", server.uri("disk@monday"))).contains("\"is_read_only\": true");
        Command.Result write = Command.tryRun("qemu-io", "-f", "raw", server.uri("disk@monday"), "-c", "write 0 4k");
        assertThat(write.status()).isNotZero();
    }

    @Test
    void nbdcopyThereAndBack() throws IOException {
        Path source = sparseFile("source.img");
        Path back = files.resolve("back.img");
        Command.run("nbdcopy", source.toString(), uri);
        Command.run("nbdcopy", uri, back.toString());
        assertThat(back).hasSameBinaryContentAs(source);
        Command.run("nbdcopy", "--requests=1", "--connections=1", uri, back.toString());
        assertThat(back).hasSameBinaryContentAs(source);
        Command.run("nbdcopy", "--request-size=33554432", uri, back.toString());
        assertThat(back).hasSameBinaryContentAs(source);
    }

    @Test
    void qemuImgConvertsAndCompares() throws IOException {
        Path source = sparseFile("source.img");
        Path back = files.resolve("back.qcow2");
        Command.run("qemu-img", "convert", "-n", "-f", "raw", "-O", "raw", source.toString(), uri);
        Command.run("qemu-img", "compare", "-f", "raw", "-F", "raw", source.toString(), uri);
        Command.run("qemu-img", "convert", "-m", "16", "-W", "-f", "raw", "-O", "qcow2", uri, back.toString());
        Command.run("qemu-img", "compare", "-f", "qcow2", "-F", "raw", back.toString(), uri);
        assertThat(Command.run("qemu-img", "map", "--output=json", "-f", "raw", uri))
                .contains("\"length\": 4194304, \"depth\": 0, \"present\": true, \"zero\": false, \"data\": true");
    }

    @Test
    void qemuImgBenchRunsDeep() {
        Command.run("qemu-img", "bench", "-f", "raw", "-t", "none", "-c", "20000", "-d", "64", "-s", "4096", "-w", uri);
        Command.run("qemu-img", "bench", "-f", "raw", "-t", "none", "-c", "200", "-d", "8", "-s", "2097152", uri);
        Command.run("qemu-img", "bench", "-f", "raw", "-c", "500", "-d", "16", "-w", "--flush-interval=32", uri);
    }

    @Test
    void fioVerifiesWhatItWrote() {
        for (String pattern : new String[] {"randwrite", "write"}) {
            String output = Command.run(
                    "fio",
                    "--name=verify",
                    "--ioengine=nbd",
                    "--uri=" + uri,
                    "--rw=" + pattern,
                    "--bsrange=512-256k",
                    "--bs_unaligned=0",
                    "--blockalign=512",
                    "--iodepth=32",
                    "--size=16M",
                    "--verify=crc32c",
                    "--verify_fatal=1",
                    "--verify_state_save=0",
                    "--randrepeat=0",
                    "--output=" + files.resolve("fio.out"));
            assertThat(output).doesNotContain("error", "verify:");
        }
    }

    /** 4 MiB of noise, a hole, 1 MiB of noise, and a hole to the end. */
    private Path sparseFile(String name) throws IOException {
        Path file = files.resolve(name);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            byte[] noise = new byte[4 << 20];
            new SplittableRandom(1).nextBytes(noise);
            channel.write(ByteBuffer.wrap(noise), 0);
            channel.write(ByteBuffer.wrap(noise, 0, 1 << 20), 20 << 20);
            channel.write(ByteBuffer.allocate(1), SIZE - 1);
        }
        assertThat(Files.size(file)).isEqualTo(SIZE);
        return file;
    }
}
