package io.volary.volume.store;

import io.volary.volume.store.SegmentStore.Purpose;
import io.volary.volume.store.StoreException.Kind;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.LongPredicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A disk that forgets. It is a {@link SegmentStore} for simulations: everything it does follows from one seed, on one
 * thread, the test's. Asynchronous operations take effect and complete one by one, in random order, when the test calls
 * {@link #step}; some come short. It can die in two ways, {@link #killProcess} and {@link #cutPower}, and keeps then no
 * more than the store promised. {@link #faults} plans failures, until the next crash.
 *
 * <p>The memory of operations in flight must stay alive until the crash has been called: some of them happen in it.
 */
public final class SimulatedDisk {
    /** How often a place for rot is looked for: most of what there is is room that nobody has written. */
    private static final int ROT_TRIES = 1000;

    // Not java.util.Random, whose first numbers are all but the same for neighbouring seeds.
    private final RandomGenerator random;
    private final FaultPlan faults = new FaultPlan();
    private final List<DiskOperation> inFlight = new ArrayList<>();
    private final TreeMap<Long, SimulatedObject> objects = new TreeMap<>();
    private final TreeMap<Long, byte[]> manifests = new TreeMap<>();
    private final SimulatedTail tail = new SimulatedTail();
    private Capacity capacity = Capacity.UNLIMITED;
    private SimulatedStore store = new SimulatedStore(this);
    private long now;
    private boolean stopped;
    private @Nullable CrashPoint crashPoint;
    private boolean held;
    private int openFiles;
    private int collections;

    public SimulatedDisk(long seed) {
        random = new SplittableRandom(seed);
    }

    /** The store as the living process sees it; until the next crash always the same one. */
    public PartialStore store() {
        return store;
    }

    /** The machine's memory. */
    public SimulatedTail tail() {
        return tail;
    }

    public FaultPlan faults() {
        return faults;
    }

    public void limit(Capacity newCapacity) {
        capacity = newCapacity;
    }

    /** Whether there is only so much room. */
    public boolean isLimited() {
        return !capacity.equals(Capacity.UNLIMITED);
    }

    /** Lets one operation in flight take effect or complete. @return false if there is none, or the disk has stopped */
    public boolean step() {
        if (stopped || held || inFlight.isEmpty()) {
            return false;
        }
        int chosen = random.nextInt(inFlight.size());
        DiskOperation operation = inFlight.get(chosen);
        if (operation.performed()) {
            inFlight.remove(chosen);
            operation.complete(++now);
        } else {
            operation.perform(random);
        }
        return true;
    }

    /** Whether it takes requests and does none of them; what blocks is done. */
    public void hold(boolean hold) {
        held = hold;
    }

    /** Does a random number of {@linkplain #step steps}, none perhaps. @return how many */
    public int completeSome(RandomGenerator choice) {
        int steps = choice.nextInt(2 * inFlight.size() + 1);
        int done = 0;
        while (done < steps && step()) {
            done++;
        }
        return done;
    }

    public int inFlight() {
        return inFlight.size();
    }

    /** How many files of the living process are open. */
    public int openFiles() {
        return openFiles;
    }

    /** How many objects were made for garbage collection. */
    public int collections() {
        return collections;
    }

    /** Whether the disk has stopped at {@link FaultPlan#crashAt}: what remains to call is a crash. */
    public boolean stopped() {
        return stopped;
    }

    /** Where the disk has {@linkplain #stopped}, or null. */
    public @Nullable CrashPoint crashPoint() {
        return crashPoint;
    }

    /** Whether it lost something that it could not make durable, though the machine goes on, since the last crash. */
    public boolean hasForgotten() {
        return objects.values().stream().anyMatch(SimulatedObject::forgot);
    }

    /**
     * The process dies and the machine does not: what was written is there, and what was in flight is done, not done or
     * partly done. What was not synced is still not durable.
     */
    public void killProcess() {
        Collections.shuffle(inFlight, random);
        inFlight.forEach(operation -> operation.crash(random));
        inFlight.clear();
        tail.killProcess();
        faults.clear();
        stopped = false;
        crashPoint = null;
        objects.values().forEach(SimulatedObject::forgetsAnew);
        openFiles = 0;
        store = new SimulatedStore(this);
    }

    /** The machine dies too: of what no completed sync covers, any of the sectors are there and any are not. */
    public void cutPower() {
        killProcess();
        tail.forgetLeft();
        double survival = List.of(0.0, 1.0, 0.5, random.nextDouble()).get(random.nextInt(4));
        objects.values().forEach(object -> object.losePower(random, survival));
    }

    /** What survived the last crash, to a new process; the files and the store of the old one are dead. */
    public PartialStore reopen() {
        return store;
    }

    /** Keeps everything as a dead process left it. @return kills whoever lives then, and brings it back */
    public Runnable backup() {
        var keptObjects = new TreeMap<Long, SimulatedObject>();
        objects.forEach((number, object) -> keptObjects.put(number, object.copy()));
        var keptManifests = new TreeMap<>(manifests);
        return () -> {
            killProcess();
            objects.clear();
            keptObjects.forEach((number, object) -> objects.put(number, object.copy()));
            manifests.clear();
            manifests.putAll(keptManifests);
        };
    }

    /** Flips the bits of {@code mask} in one byte of an object. */
    public void rot(long object, int offset, int mask) {
        existing(object).flip(offset, mask);
    }

    /** Flips some bit of what was written. @return puts it right again, unless that has been done by writing there what belongs there */
    public Runnable rotSomething() {
        return rotSomething(object -> true);
    }

    /** As {@link #rotSomething()}, in one of some objects. */
    public Runnable rotSomething(LongPredicate chosen) {
        List<SimulatedObject> candidates = objects.values().stream()
                .filter(object -> object.length() > 0 && chosen.test(object.number()))
                .toList();
        for (int i = 0; i < ROT_TRIES && !candidates.isEmpty(); i++) {
            SimulatedObject object = candidates.get(random.nextInt(candidates.size()));
            int offset = random.nextInt(object.length());
            int mask = 1 << random.nextInt(8);
            if (object.isWritten(offset)) {
                int right = object.content()[offset] & mask;
                object.flip(offset, mask);
                return () -> {
                    if ((object.content()[offset] & mask) != right) {
                        object.flip(offset, mask);
                    }
                };
            }
        }
        return () -> {};
    }

    /** Whether {@code view} is that of a process that can still do something. */
    boolean alive(SimulatedStore view) {
        return view == store && !stopped;
    }

    /** Accepts an operation that {@link #step} will complete. */
    void submit(DiskOperation operation) {
        operation.submitted(++now, faults.errorOf(operation.kind));
        inFlight.add(operation);
        if (faults.fillsNow()) {
            capacity = new Capacity(usedBytes(), 0);
        }
        if (faults.crashesAt(operation.point())) {
            stopped = true;
            crashPoint = operation.point();
        }
    }

    /** Does an operation at once. @return what the system call would */
    int run(DiskOperation operation) {
        submit(operation);
        inFlight.remove(operation);
        if (stopped) {
            operation.crash(random); // not later: its memory goes with the caller
            throw new SimulatedCrash("the disk stopped in the middle of " + operation.kind);
        }
        int result = operation.perform(random);
        operation.complete(++now);
        return result;
    }

    SortedMap<Long, SimulatedObject> objects() {
        return objects;
    }

    SortedMap<Long, byte[]> manifests() {
        return manifests;
    }

    SimulatedObject existing(long object) {
        SimulatedObject found = objects.get(object);
        if (found == null) {
            throw new StoreException(Kind.NOT_FOUND, "segment %016x does not exist".formatted(object));
        }
        return found;
    }

    long usedBytes() {
        long bytes = 0;
        for (SimulatedObject object : objects.values()) {
            bytes += object.usedBytes();
        }
        for (byte[] manifest : manifests.values()) {
            bytes += manifest.length;
        }
        return bytes;
    }

    void takeRoom(String what, int bytes, Purpose purpose) {
        collections += purpose == Purpose.COLLECTION ? 1 : 0;
        if (!capacity.admits(usedBytes(), bytes, purpose)) {
            throw new StoreException(
                    Kind.NO_SPACE,
                    "%s needs %d bytes of %s, %d are used".formatted(what, bytes, capacity, usedBytes()));
        }
    }

    void fileOpened() {
        openFiles++;
    }

    void fileClosed() {
        openFiles--;
    }
}
