import io.volary.volume.pool.Volume;
import io.volary.volume.pool.VolumePool;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/**
 * How long snapshots and clones take, until they are durable, while the volume is written to: the engine itself, without a protocol.
 * Beside them, what the disk takes for the least that is durable. Prints rows of a table in Markdown.
 */
final class Latencies {
    private static final int PAUSE_MILLIS = 10;

    private final VolumePool pool;
    private final Volume volume;
    private final String size;
    private final int count;

    private Latencies(VolumePool pool, Volume volume, String size, int count) {
        this.pool = pool;
        this.volume = volume;
        this.size = size;
        this.count = count;
    }

    /** Arguments: the vPool's directory, the volume, what to call its size, writes per second or 0, how many of each. */
    public static void main(String[] arguments) throws Exception {
        String name = arguments[1];
        try (var engine = Engine.open(arguments[0])) {
            var bench = new Latencies(
                    engine.pool, engine.pool.volume(name), arguments[2], Integer.parseInt(arguments[4]));
            bench.clean();
            bench.measure(Path.of(arguments[0], "floor"), Long.parseLong(arguments[3]));
        }
    }

    /** Removes what a run that was killed has left in a vPool that is kept. */
    private void clean() {
        pool.volumes().stream()
                .map(Volume::name)
                .filter(name -> !name.equals(volume.name()))
                .forEach(pool::delete);
        volume.snapshots().forEach(snapshot -> volume.deleteSnapshot(snapshot.name()));
    }

    private void measure(Path file, long perSecond) throws Exception {
        try (var floor = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE)) {
            var block = ByteBuffer.allocateDirect(4096);
            for (int i = 0; i < count; i++) {
                floor.write(block.rewind(), 4096L * i);
            }
            floor.force(true);
            row("only 4 KiB overwritten, and fdatasync", perSecond, number -> {
                floor.write(block.rewind(), 4096L * number);
                floor.force(false);
            });
        }
        row("snapshot", perSecond, number -> volume.snapshot("s" + number));
        row("clone", perSecond, number -> pool.clone(volume.name(), null, "c" + number));
        row("delete clone", perSecond, number -> pool.delete("c" + number));
        row("delete snapshot", perSecond, number -> volume.deleteSnapshot("s" + number));
    }

    private interface Operation {
        void run(int number) throws IOException;
    }

    private void row(String what, long perSecond, Operation operation) throws Exception {
        Load load = Load.start(volume, Load.Plan.random(true, Long.MAX_VALUE, what.hashCode()).at(perSecond));
        double[] millis = new double[count];
        for (int i = 0; i < count; i++) {
            Thread.sleep(PAUSE_MILLIS);
            long begin = System.nanoTime();
            operation.run(i);
            millis[i] = (System.nanoTime() - begin) / 1e6;
        }
        Load.Outcome writes = load.stop();
        Arrays.sort(millis);
        System.out.printf(
                "| %s | %s | %.2f | %.2f | %.2f | %.0f | %.2f | %.1f |%n",
                size, what, millis[count / 2], millis[(int) (0.99 * count)], millis[count - 1], writes.perSecond(),
                writes.millis(0.99), writes.millis(1));
    }
}
