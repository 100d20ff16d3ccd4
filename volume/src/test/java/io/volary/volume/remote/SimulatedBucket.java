package io.volary.volume.remote;

import io.volary.volume.remote.ObjectStore.Stored;
import io.volary.volume.remote.RemoteNames.ManifestName;
import io.volary.volume.remote.RemoteNames.PieceName;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What an object store has, and how it is doing: well, or with failures, slowly, or not at all for a while. All processes there ever were of a
 * simulation use it, each by a {@link SimulatedObjectStore}.
 */
public final class SimulatedBucket {
    static final String FAMILY = "5e4d23dd-a26b-4f05-817f-98d209b9d0a4";

    private static final long SECOND = 1_000_000_000L;

    /** Odds against each of three failures. */
    private static final int RARELY = 60;

    private static final int OFTEN = 8;

    private final RandomGenerator random;
    private final TreeMap<String, byte[]> objects = new TreeMap<>();

    /** What may still come of calls of which nobody hears any more. */
    private final List<Runnable> late = new ArrayList<>();

    /** How long it is away, for the process that lives. */
    private long awayNanos;

    private int failureOdds;
    private boolean slow;
    private @Nullable AssertionError violation;
    private long calls;
    private long failures;
    private int outages;

    public SimulatedBucket(long seed) {
        random = new SplittableRandom(seed);
    }

    /** Another one with what this has at the moment, which works well. */
    public SimulatedBucket copy(long seed) {
        var copy = new SimulatedBucket(seed);
        copy.objects.putAll(objects);
        return copy;
    }

    /** All calls do what they are to do, in a moment; what was late comes now. */
    public void calm() {
        awayNanos = 0;
        failureOdds = 0;
        slow = false;
        while (!late.isEmpty()) {
            late.removeFirst().run();
        }
    }

    /** It does better or worse from now on. */
    public void change() {
        failureOdds = List.of(0, RARELY, RARELY, OFTEN).get(random.nextInt(4));
        slow = random.nextInt(3) == 0;
    }

    /** It is away from a moment that a process knows, for so long. */
    public void leave(long forNanos) {
        outages++;
        awayNanos = forNanos;
    }

    /** It is not away any more. */
    public void comeBack() {
        awayNanos = 0;
    }

    /** Until when it is away that was so much later at another time. */
    void passed(long nanos) {
        awayNanos = Math.max(0, awayNanos - nanos);
    }

    public boolean isAway(long nanos) {
        return nanos < awayNanos;
    }

    /** Throws what must never have happened. */
    public void check() {
        if (violation != null) {
            throw violation;
        }
    }

    void violated(String what) {
        violation = violation == null ? new AssertionError(what) : violation;
    }

    /** Who counts what was asked of it. */
    public interface Counter {
        void count(int outages, long calls, long failures);
    }

    public void count(Counter counter) {
        counter.count(outages, calls, failures);
    }

    /** How long half of a call takes. */
    long delay() {
        calls++;
        if (!late.isEmpty() && random.nextInt(OFTEN) == 0) {
            late.remove(random.nextInt(late.size())).run();
        }
        return switch (random.nextInt(slow ? 4 : 12)) {
            case 0 -> random.nextLong(slow ? 2 * SECOND : SECOND / 20);
            case 1 -> random.nextLong(SECOND / 1000);
            default -> 0;
        };
    }

    /** How long it takes to see that there is no answer. */
    long timeout() {
        return random.nextBoolean() ? 0 : random.nextLong(5 * SECOND);
    }

    boolean fails() {
        boolean now = failureOdds > 0 && random.nextInt(failureOdds) == 0;
        failures += now ? 1 : 0;
        return now;
    }

    boolean chance(int odds) {
        return random.nextInt(odds) == 0;
    }

    /** Something has its effect later, or never. */
    void later(Runnable effect) {
        if (random.nextInt(4) > 0) {
            late.add(effect);
        }
    }

    void put(String name, byte[] content) {
        byte[] there = objects.putIfAbsent(name, content);
        if (there != null && !Arrays.equals(there, content)) {
            violated(name + " was put twice, with different bytes");
        }
    }

    byte @Nullable [] content(String name) {
        return objects.get(name);
    }

    List<Stored> list(String prefix) {
        return MemoryObjectStore.list(objects, prefix, content -> content.length);
    }

    void delete(String name) {
        objects.remove(name);
    }

    private List<ManifestName> manifests() {
        return list(RemoteNames.manifests(FAMILY)).stream()
                .map(stored -> RemoteNames.manifest(stored.name()))
                .filter(Objects::nonNull)
                .sorted()
                .toList();
    }

    /** Of its newest manifest; 0 if there is none. */
    public int newestEpoch() {
        var manifests = manifests();
        return manifests.isEmpty() ? 0 : manifests.getLast().epoch();
    }

    /** What is here that a family does not need which has these objects, and wants nothing else to be put. */
    public List<String> leftovers(List<Long> needed) {
        var known = new TreeSet<>(needed);
        var left = new ArrayList<String>();
        for (String name : objects.keySet()) {
            PieceName piece = RemoteNames.piece(name);
            if (piece != null && !known.contains(piece.object())) {
                left.add(name);
            }
        }
        var manifests = manifests();
        manifests.stream().limit(Math.max(0, manifests.size() - 1)).forEach(old -> left.add(old.name()));
        return left;
    }
}
