package io.volary.volume.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.volary.linux.LinuxProcess;
import io.volary.volume.remote.ObjectStore.Stored;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;

/**
 * Several servers, some on the same machine, that take the same families from one another, while their calls fail, get lost and
 * come late, their clocks go at different speeds, and they are stopped, cut off, killed and started again. All from one number.
 */
final class OwnershipSimulation {
    private static final long MILLI = 1_000_000;
    private static final long SECOND = 1000 * MILLI;
    private static final int SERVERS = 3;
    private static final int FAMILIES = 2;
    private static final long TROUBLE = 90 * SECOND;

    /** Until what was on its way has come to its end. */
    private static final long SETTLING = 150 * SECOND;

    private final Random random;
    private final Baton baton;
    private final ObjectStore store = new MemoryObjectStore();
    private final List<String> families = new ArrayList<>();
    private final List<SimulatedOwner> servers = new ArrayList<>();
    private final Set<LinuxProcess> ended = new HashSet<>();
    private final Map<String, Integer> committed = new HashMap<>();
    private final Set<FamilyEpoch> taken = new HashSet<>();
    private boolean quiet;
    private int processes;

    OwnershipSimulation(long seed) {
        random = new Random(seed);
        baton = new Baton(random, this::check);
        for (int i = 0; i < FAMILIES; i++) {
            families.add(uuid());
        }
        for (int i = 0; i < SERVERS; i++) {
            LeaseTerm term = new LeaseTerm(1000 + random.nextInt(19_000));
            servers.add(launch(uuid(), term, "host-" + i / 2));
        }
    }

    private String uuid() {
        return new UUID(random.nextLong(), random.nextLong()).toString();
    }

    private SimulatedOwner launch(String server, LeaseTerm term, String host) {
        var process = new LinuxProcess("boot-of-" + host, "pid:[1]", ++processes, processes);
        SimulatedOwner launched = new SimulatedOwner(this, new Owner(server, term, process, host));
        launched.start();
        return launched;
    }

    /** Returns how often a family was taken over. */
    int run() {
        try {
            servers.forEach(server -> baton.start(0, server::live));
            baton.start(0, this::trouble);
            baton.runUntil(TROUBLE);
            quiet = true;
            baton.runUntil(TROUBLE + SETTLING);
            takeAllInTheEnd();
            return taken.size();
        } finally {
            baton.end();
        }
    }

    private void trouble() {
        while (!quiet) {
            baton.sleep(random.nextLong(15 * SECOND));
            int which = random.nextInt(SERVERS);
            SimulatedOwner server = servers.get(which);
            if (random.nextInt(3) == 0) {
                restart(which);
            } else {
                cutOff(server, random.nextLong(30 * SECOND));
            }
        }
    }

    private void cutOff(SimulatedOwner server, long nanos) {
        if (random.nextInt(3) == 0) {
            server.pause(nanos);
        } else {
            server.partition(nanos);
        }
    }

    /** The worst moment for a server to be cut off is when it has just been fenced. */
    void hasPut(String name) {
        for (SimulatedOwner server : servers) {
            if (!quiet && isFenceOf(server, name) && random.nextBoolean()) {
                cutOff(server, 30 * SECOND);
            }
        }
    }

    private static boolean isFenceOf(SimulatedOwner server, String name) {
        return name.startsWith("fences/" + server.self().server());
    }

    private void restart(int which) {
        SimulatedOwner server = servers.get(which);
        server.crash();
        ended.add(server.process());
        baton.sleep(random.nextLong(5 * SECOND));
        Owner self = server.self();
        SimulatedOwner next = launch(self.server(), self.lease(), self.host());
        servers.set(which, next);
        baton.start(0, next::live);
    }

    /** When nothing fails any more, whoever asks gets all: soon if the others live, and after their leases if not. */
    private void takeAllInTheEnd() {
        int last = random.nextInt(SERVERS);
        boolean othersLive = random.nextBoolean();
        long longestLease = 0;
        for (SimulatedOwner server : servers) {
            longestLease = Math.max(longestLease, server.self().lease().millis() * MILLI);
            if (!othersLive && server != servers.get(last)) {
                server.crash();
            }
        }
        List<Takeover.Result> results = new ArrayList<>();
        SimulatedOwner taker = servers.get(last);
        baton.start(0, () -> results.add(taker.take(new TreeSet<>(families))));
        long bound = othersLive ? 7 * SECOND : longestLease * 5 / 4 + SECOND;
        baton.runUntil(baton.nowNanos() + bound);

        assertThat(results)
                .as("takeovers that have ended within " + bound + " ns")
                .hasSize(1);
        assertThat(results.getFirst().refused()).isEmpty();
        assertThat(families).as("families served in the end").allMatch(taker::serves);
        assertThat(fences()).as("fences of servers that live").noneMatch(this::isOfServing);
    }

    private List<String> fences() {
        return store.list("fences/").stream().map(Stored::name).toList();
    }

    /** Those of servers that were killed in the end are never acknowledged. */
    private boolean isOfServing(String fence) {
        return servers.stream().anyMatch(server -> !server.dead() && isFenceOf(server, fence));
    }

    /** No two serve the same family, at any time. */
    private void check() {
        for (String family : families) {
            int serving = 0;
            for (SimulatedOwner server : servers) {
                serving += server.serves(family) ? 1 : 0;
            }
            if (serving > 1) {
                fail("%d servers serve family %s at %d ns", serving, family, baton.nowNanos());
            }
        }
    }

    void taken(OwnedFamily family) {
        assertThat(taken.add(new FamilyEpoch(family.family(), family.epoch())))
                .as("the first to own epoch " + family.epoch())
                .isTrue();
    }

    void commit(OwnedFamily family) {
        committed.merge(family.family(), family.epoch(), Math::max);
    }

    int committedEpoch(String family) {
        return committed.getOrDefault(family, 0);
    }

    Set<String> someFamilies() {
        Set<String> some = new TreeSet<>(families);
        if (random.nextInt(3) > 0) {
            some.remove(families.get(random.nextInt(FAMILIES)));
        }
        return some;
    }

    boolean isGone(LinuxProcess process) {
        return ended.contains(process);
    }

    boolean quiet() {
        return quiet;
    }

    Baton baton() {
        return baton;
    }

    Random random() {
        return random;
    }

    ObjectStore store() {
        return store;
    }
}
