import io.volary.volume.pool.Volume;
import io.volary.volume.pool.VolumePool;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/**
 * The speed of a volume with many snapshots, and of one that is a clone of a clone of a clone, beside fresh ones: the engine
 * itself, without a protocol. Prints a line for each turn: direction, volume, I/Os per second.
 */
final class Speeds {
    private static final long GIB = 1L << 30;

    private final VolumePool pool;
    private final Map<String, Volume> volumes = new LinkedHashMap<>();
    private final long bytes;
    private final long reads;
    private final long writes;

    private Speeds(VolumePool pool, boolean quick) {
        this.pool = pool;
        this.bytes = quick ? GIB / 8 : GIB;
        this.reads = quick ? 8_192 : 65_536;
        this.writes = quick ? 8_192 : 131_072;
    }

    /** Arguments: the vPool's directory, how many snapshots and clones, how many rounds, and perhaps "quick". */
    public static void main(String[] arguments) throws InterruptedException {
        int many = Integer.parseInt(arguments[1]);
        int rounds = Integer.parseInt(arguments[2]);
        try (var engine = Engine.open(arguments[0])) {
            var bench = new Speeds(engine.pool, arguments.length > 3);
            bench.make(many);
            bench.turns(false, rounds);
            bench.turns(true, rounds);
        }
    }

    private void make(int many) {
        volumes.put("fresh", filled("fresh"));
        volumes.put("another fresh one", filled("another"));
        volumes.put("with " + many + " snapshots", withSnapshots(filled("snapshots"), many));
        volumes.put("clone " + many + " deep", deepClone(filled("root"), many));
    }

    /** In each round every volume has its turn, in an order by chance. */
    private void turns(boolean write, int rounds) throws InterruptedException {
        var order = new ArrayList<>(volumes.keySet());
        var random = new Random(1);
        for (int round = 0; round < rounds; round++) {
            Collections.shuffle(order, random);
            for (String name : order) {
                Thread.sleep(200); // what the one before has left to the collector
                System.out.printf("%s;%s;%.1f%n", write ? "write" : "read", name, turn(name, write, round));
            }
        }
    }

    private double turn(String name, boolean write, int round) {
        Volume volume = volumes.get(name);
        if (!write) {
            return Load.run(volume, Load.Plan.random(false, reads, round)).perSecond();
        }
        if (!name.contains("fresh")) {
            volume.snapshot("round" + round); // so that the first writes after a snapshot are in it
        }
        return Load.run(volume, Load.Plan.random(true, writes, round)).perSecond();
    }

    private Volume filled(String name) {
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
}
