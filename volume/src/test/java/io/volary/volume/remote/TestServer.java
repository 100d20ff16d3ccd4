package io.volary.volume.remote;

import io.volary.linux.LinuxProcess;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/** A server in a test of one thread: time passes only while it waits, and then others can be had to do something. */
final class TestServer {
    static final String FAMILY = "11111111-1111-4111-8111-111111111111";
    static final String OTHER = "22222222-2222-4222-8222-222222222222";
    static final long PATIENCE_MILLIS = 5000;

    /** What all servers of a test have in common. */
    static final class World {
        final MemoryObjectStore objects = new MemoryObjectStore();
        final Set<LinuxProcess> gone = new HashSet<>();
        long nowNanos = 1_000_000_000_000L;
        Runnable meanwhile = () -> {};

        void pass(long millis) {
            nowNanos += TimeUnit.MILLISECONDS.toNanos(millis);
        }

        List<String> names(String prefix) {
            return objects.list(prefix).stream().map(ObjectStore.Stored::name).toList();
        }
    }

    final World world;
    final FailingObjectStore store;
    final Owner self;
    final ServerLease lease;
    final List<OwnedFamily> fenced = new ArrayList<>();
    boolean stopsAtOnce = true;
    long waitedNanos;

    TestServer(World world, int number, long leaseMillis) {
        this(world, number, number, leaseMillis);
    }

    TestServer(World world, int number, int process, long leaseMillis) {
        this.world = world;
        this.store = new FailingObjectStore(world.objects);
        this.self = new Owner(
                new UUID(0, number).toString(),
                new LeaseTerm(leaseMillis),
                new LinuxProcess("boot", "pid:[1]", process, process),
                "host-" + number);
        this.lease = new ServerLease(store, self, () -> world.nowNanos, this::fenced);
        lease.renew();
    }

    private void fenced(OwnedFamily family, int epoch) {
        fenced.add(family);
        if (stopsAtOnce) {
            family.stopped();
        }
    }

    Takeover.Result take(String... families) {
        Map<String, Integer> known = new HashMap<>();
        for (String family : families) {
            known.put(family, 0);
        }
        return take(known);
    }

    Takeover.Result take(Map<String, Integer> known) {
        long patience = TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS);
        return new Takeover(lease, world.gone::contains, this::pause, patience, tasks -> tasks.forEach(Runnable::run))
                .take(known);
    }

    private void pause(long nanos) {
        waitedNanos += nanos;
        world.nowNanos += nanos;
        world.meanwhile.run();
        lease.renew();
    }

    /** Takes {@link #FAMILY}, which nobody refuses. */
    OwnedFamily own() {
        OwnedFamily family = take(FAMILY).owned().get(FAMILY);
        if (family == null) {
            throw new AssertionError("the family is not owned");
        }
        return family;
    }

    boolean holds(OwnedFamily family) {
        return family.holds(world.nowNanos);
    }

    long waitedMillis() {
        return TimeUnit.NANOSECONDS.toMillis(waitedNanos);
    }

    String fence(OwnedFamily by) {
        return "fences/" + self.server() + "/" + by.claim().name('.');
    }
}
