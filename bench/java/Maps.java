import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Makes a volume that is mapped all over, by ordinary writes in scattered pieces. Its blocks are zeroes, which the store does not
 * keep, so it may be larger than the disk; map, headers and manifests are as always, and any daemon can open it.
 */
final class Maps {
    /** Speed and memory are told after each of them. */
    private static final int PARTS = 8;

    private Maps() {}

    /** Arguments: the vPool's directory, the volume's name, its size and that of the pieces in bytes, powers of two. */
    public static void main(String[] arguments) throws IOException {
        long bytes = Long.parseLong(arguments[2]);
        int piece = Integer.parseInt(arguments[3]);
        try (var engine = Engine.sparse(arguments[0])) {
            var volume = engine.pool.create(arguments[1], bytes);
            System.out.println("| GiB mapped | GiB/s | Java heap, MiB | resident, MiB |\n|---|---|---|---|");
            for (int part = 0; part < PARTS; part++) {
                double seconds = Load.run(volume, Load.Plan.map(bytes, piece, part, PARTS)).seconds();
                report(bytes * (part + 1) / PARTS, bytes / PARTS / seconds);
            }
        }
    }

    private static void report(long mapped, double bytesPerSecond) throws IOException {
        System.gc();
        var runtime = Runtime.getRuntime();
        long pages = Long.parseLong(Files.readString(Path.of("/proc/self/statm")).split(" ")[1]);
        System.out.printf(
                "| %.1f | %.2f | %d | %d |%n",
                (double) mapped / (1 << 30),
                bytesPerSecond / (1 << 30),
                runtime.totalMemory() - runtime.freeMemory() >> 20,
                pages * 4096 >> 20);
    }
}
