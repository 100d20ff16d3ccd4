package io.volary.volume.remote;

import static org.assertj.core.api.Assertions.fail;

import io.volary.linux.LinuxProcess;
import io.volary.volume.store.StoreException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/** One process of a server: it renews its lease, takes families, serves them and gives them up, in simulated time. */
final class SimulatedOwner {
    private static final long MILLI = 1_000_000;
    private static final long PATIENCE_NANOS = 60_000 * MILLI;
    private static final int PROBES = 12;

    /** Of real time; as much apart as the margins allow for. */
    private static final double SLOW = 0.91;

    private static final double FAST = 1.09;

    private final OwnershipSimulation world;
    private final Baton baton;
    private final Random random;
    private final Owner self;
    private final double clockRate;
    private final long clockOffset;
    private final ServerLease lease;
    private final Map<String, OwnedFamily> serving = new TreeMap<>();

    /** Fenced, and still answering what was taken before, as is allowed until it has stopped or the lease is over. */
    private final Map<OwnedFamily, Long> drainedBy = new HashMap<>();

    private final Map<OwnedFamily, Long> deadlines = new HashMap<>();
    private final Set<String> taking = new HashSet<>();
    private boolean dead;
    private long pausedUntil;
    private long partitionedUntil;

    SimulatedOwner(OwnershipSimulation world, Owner self) {
        this.world = world;
        this.baton = world.baton();
        this.random = world.random();
        this.self = self;
        this.clockRate = random.nextBoolean() ? SLOW : FAST;
        this.clockOffset = (long) (random.nextDouble() * 1e15);
        ObjectStore store = new FaultyObjectStore(world.store(), this, baton, random);
        this.lease = new ServerLease(store, self, this::readClock, this::fenced);
    }

    void start() {
        baton.start(0, this::renewForever);
    }

    private void renewForever() {
        while (true) {
            sleep(lease.renew());
        }
    }

    /** What an operator does with a server, until all is to be quiet. */
    void live() {
        while (!world.quiet()) {
            sleep((long) (random.nextDouble() * 2 * self.lease().millis() * MILLI));
            if (random.nextInt(4) == 0) {
                releaseOne();
            } else {
                take(world.someFamilies());
            }
        }
    }

    Takeover.Result take(Set<String> wanted) {
        Map<String, Integer> known = new HashMap<>();
        for (String family : wanted) {
            if (!serving.containsKey(family) && taking.add(family)) {
                known.put(family, random.nextBoolean() ? 0 : world.committedEpoch(family));
            }
        }
        if (known.isEmpty()) {
            return new Takeover.Result(Map.of(), Map.of());
        }
        try {
            var result = new Takeover(
                            lease, this::knowsGone, this::sleep, PATIENCE_NANOS, tasks -> tasks.forEach(Runnable::run))
                    .take(known);
            result.owned().values().forEach(this::serve);
            return result;
        } finally {
            taking.removeAll(known.keySet());
        }
    }

    private boolean knowsGone(LinuxProcess process) {
        return process.boot().equals(self.process().boot()) && world.isGone(process);
    }

    private void serve(OwnedFamily family) {
        if (family.isStopped()) {
            fail("what is lost was handed out: " + family.claim());
        }
        world.taken(family);
        serving.put(family.family(), family);
        if (random.nextBoolean()) {
            baton.start(random.nextLong(2000 * MILLI), () -> commit(family));
        }
    }

    private void commit(OwnedFamily family) {
        if (serving.get(family.family()) == family) {
            world.commit(family);
            try {
                family.committed();
            } catch (StoreException e) {
                // Is for the next one.
            }
        }
    }

    private void releaseOne() {
        for (OwnedFamily family : serving.values()) {
            if (!drainedBy.containsKey(family)) {
                serving.remove(family.family());
                try {
                    family.release();
                } catch (StoreException e) {
                    // Then others wait.
                }
                return;
            }
        }
    }

    private void fenced(OwnedFamily family, int epoch) {
        if (serving.get(family.family()) == family) {
            drainedBy.put(family, deadlines.getOrDefault(family, Long.MIN_VALUE));
        }
        baton.start(random.nextLong(2000 * MILLI), () -> stop(family));
    }

    private void stop(OwnedFamily family) {
        sleep(0);
        serving.remove(family.family(), family);
        drainedBy.remove(family);
        family.stopped();
    }

    /** Whether a guest could be served now, by this process's own clock. */
    boolean serves(String family) {
        OwnedFamily owned = serving.get(family);
        if (dead || owned == null) {
            return false;
        }
        long now = clock();
        Long drained = drainedBy.get(owned);
        if (drained != null) {
            return now < drained;
        }
        if (owned.holds(now)) {
            deadlines.put(owned, deadline(owned, now));
            return true;
        }
        return false;
    }

    /** Until when it holds, rounded down. */
    private long deadline(OwnedFamily owned, long now) {
        long low = now;
        long step = self.lease().millis() * MILLI;
        for (int i = 0; i < PROBES; i++) {
            step /= 2;
            low += owned.holds(low + step) ? step : 0;
        }
        return low;
    }

    void crash() {
        dead = true;
    }

    void pause(long nanos) {
        pausedUntil = baton.nowNanos() + nanos;
    }

    void partition(long nanos) {
        partitionedUntil = baton.nowNanos() + nanos;
    }

    boolean partitioned() {
        return baton.nowNanos() < partitionedUntil;
    }

    boolean dead() {
        return dead;
    }

    Owner self() {
        return self;
    }

    LinuxProcess process() {
        return self.process();
    }

    boolean faulty(double probability) {
        return !world.quiet() && random.nextDouble() < probability;
    }

    void hasPut(String name) {
        world.hasPut(name);
    }

    /** The worst moment to be stopped is when others know that something is claimed, and not by whom. */
    void hasClaimed() {
        if (faulty(0.1)) {
            pause(random.nextLong(30_000 * MILLI));
        }
    }

    /** As long as half of a request takes. */
    void delay() {
        long usual = (long) Math.pow(10, 3 + 4.5 * random.nextDouble());
        sleep(faulty(0.03) ? random.nextLong(20_000 * MILLI) : usual);
    }

    /** What is known of fences is old before it is known. */
    void delayRenewal() {
        if (faulty(0.15)) {
            sleep(random.nextLong(15_000 * MILLI));
        }
    }

    private long clock() {
        return clockOffset + (long) (baton.nowNanos() * clockRate);
    }

    private long readClock() {
        long now = clock();
        if (random.nextInt(4) == 0) {
            sleep(random.nextLong(MILLI));
        }
        return now;
    }

    /** Nobody goes on in a process that is dead or stopped. */
    private void sleep(long nanos) {
        baton.sleep((long) (nanos / clockRate));
        while (!dead && baton.nowNanos() < pausedUntil) {
            baton.sleep(pausedUntil - baton.nowNanos());
        }
        if (dead) {
            throw new Baton.Ended();
        }
    }
}
