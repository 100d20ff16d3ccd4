import io.volary.linux.EventLoop;
import io.volary.linux.IoEngineKind;
import io.volary.linux.IoEngines;
import io.volary.volume.EngineOptions;
import io.volary.volume.pool.Volume;
import io.volary.volume.pool.VolumePool;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What snapshots and clones cost inside the server: the time of taking them while the volume is written to, and the speed of a
 * volume with many of them. The engine itself, without a protocol. Prints tables in Markdown.
 */
final class Snapshots {
    private static final long GIB = 1L << 30;

    /** Writes per second that leave the disk time: 40 MiB/s. */
    private static final long MODERATE = 10_000;

    private final VolumePool pool;
    private final boolean quick;

    private Snapshots(VolumePool pool, boolean quick) {
        this.pool = pool;
        this.quick = quick;
    }

    /** Arguments: the vPool's directory; the mapped sizes in GiB for the latencies, with commas; "quick"; "latencies" for only these. */
    public static void main(String[] arguments) {
        try (var loop = new EventLoop("loop", IoEngines.open(IoEngineKind.AUTO), System::nanoTime).start();
                var pool = VolumePool.open(
                        Path.of(arguments[0]), EngineOptions.forHost(32 << 20, 1L << 40, 4L << 30, 1), List.of(loop))) {
            var bench = new Snapshots(pool, Arrays.asList(arguments).contains("quick"));
            bench.latencies(arguments[1].split(","), MODERATE);
            bench.latencies(arguments[1].split(","), 0);
            if (!Arrays.asList(arguments).contains("latencies")) {
                bench.speeds();
            }
        }
    }

    private void latencies(String[] sizes, long perSecond) {
        System.out.printf(
                "%n## Taking snapshots and clones under 4k random writes, depth 32, %s; milliseconds until durable%n%n",
                perSecond == 0 ? "as many as it takes" : perSecond + " per second");
        System.out.println("| GiB mapped | what | p50 | p99 | max | writes/s meanwhile | writes' p99 ms | writes' max ms |");
        System.out.println("|---|---|---|---|---|---|---|---|");
        for (String size : sizes) {
            long bytes = (long) (Double.parseDouble(size) * GIB);
            Volume volume = pool.create("latency", bytes);
            Load.run(volume, Load.Plan.fill(bytes));
            row(size, "nothing: a sleep of 20", volume, perSecond, number -> pause());
            row(size, "snapshot", volume, perSecond, number -> volume.snapshot("s" + number));
            row(size, "clone", volume, perSecond, number -> pool.clone("latency", null, "c" + number));
            row(size, "delete clone", volume, perSecond, number -> pool.delete("c" + number));
            row(size, "delete snapshot", volume, perSecond, number -> volume.deleteSnapshot("s" + number));
            pool.delete("latency");
        }
    }

    private interface Operation {
        void run(int number);
    }

    private static void pause() {
        try {
            Thread.sleep(20);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private void row(String size, String what, Volume volume, long perSecond, Operation operation) {
        int count = quick ? 20 : 200;
        Load load = Load.start(volume, Load.Plan.random(true, Long.MAX_VALUE, what.hashCode()).at(perSecond));
        pause();
        double[] millis = new double[count];
        for (int i = 0; i < count; i++) {
            long begin = System.nanoTime();
            operation.run(i);
            millis[i] = (System.nanoTime() - begin) / 1e6;
            pause();
        }
        Load.Outcome writes = load.stop();
        Arrays.sort(millis);
        System.out.printf(
                "| %s | %s | %.2f | %.2f | %.2f | %.0f | %.2f | %.1f |%n",
                size, what, millis[count / 2], millis[(int) (0.99 * count)], millis[count - 1], writes.perSecond(),
                writes.millis(0.99), writes.millis(1));
    }

    /** Speeds are of rounds in which the volumes take turns; what counts is the ratio within a round. */
    private void speeds() {
        int many = quick ? 50 : 1000;
        int rounds = quick ? 3 : 9;
        long bytes = quick ? GIB / 8 : GIB;
        long count = bytes / 4096 / 4;
        Map<String, Volume> volumes = new TreeMap<>();
        volumes.put("fresh", filled("fresh", bytes));
        volumes.put("fresh again", filled("again", bytes));
        volumes.put(many + " snapshots", withSnapshots(filled("snapshots", bytes), many));
        volumes.put("clone " + many + " deep", deepClone(filled("root", bytes), many));
        for (boolean write : new boolean[] {false, true}) {
            Map<String, List<Double>> speeds = new TreeMap<>();
            for (int round = 0; round < rounds; round++) {
                for (var entry : volumes.entrySet()) {
                    Volume volume = entry.getValue();
                    if (write && !entry.getKey().startsWith("fresh")) {
                        volume.snapshot("round" + round); // so that the first writes after a snapshot are in it
                    }
                    var outcome = Load.run(volume, Load.Plan.random(write, count, round));
                    speeds.computeIfAbsent(entry.getKey(), key -> new ArrayList<>()).add(outcome.perSecond());
                }
            }
            print(write ? "write" : "read", speeds);
        }
    }

    private Volume filled(String name, long bytes) {
        Volume volume = pool.create(name, bytes);
        Load.run(volume, Load.Plan.fill(bytes));
        return volume;
    }

    private static Volume withSnapshots(Volume volume, int count) {
        for (int i = 0; i < count; i++) {
            Load.run(volume, Load.Plan.random(true, 64, i));
            volume.snapshot("s" + i);
        }
        return volume;
    }

    private Volume deepClone(Volume root, int depth) {
        Volume volume = root;
        for (int i = 0; i < depth; i++) {
            Load.run(volume, Load.Plan.random(true, 64, i));
            volume = pool.clone(volume.name(), null, "clone" + i);
        }
        return volume;
    }

    private static void print(String what, Map<String, List<Double>> speeds) {
        System.out.println("\n## 4k random " + what + ", depth 32\n\n| volume | IOPS, median | ratio to fresh: median (lowest to highest) |");
        System.out.println("|---|---|---|");
        List<Double> fresh = speeds.get("fresh");
        speeds.forEach((name, found) -> {
            var ratios = new ArrayList<Double>();
            for (int i = 0; i < found.size(); i++) {
                ratios.add(found.get(i) / fresh.get(i));
            }
            ratios.sort(null);
            var sorted = found.stream().sorted().toList();
            System.out.printf(
                    "| %s | %.0f | %.2f (%.2f to %.2f) |%n",
                    name, sorted.get(sorted.size() / 2), ratios.get(ratios.size() / 2), ratios.getFirst(), ratios.getLast());
        });
    }
}
