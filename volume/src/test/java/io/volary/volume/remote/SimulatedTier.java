package io.volary.volume.remote;

import io.volary.volume.store.PartialStore;
import io.volary.volume.store.SegmentStore;
import io.volary.volume.store.SegmentStore.Tenure;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** A {@link TieredStore} as one process has it, between a simulated disk and a {@link SimulatedBucket}. */
public final class SimulatedTier {
    private static final int ROUNDS = 4;
    private static final int TRANSFERS = 4;
    private static final int FETCHES = 32;
    private static final int LEAST_PIECE_BYTES = 16 << 10;

    private final SimulatedBucket bucket;
    private final Coroutines coroutines;
    private final SimulatedTenancy tenancy;
    private final SimulatedObjectStore remote;
    private final TieredPool pool;
    private @Nullable TieredStore opened;

    private static final class SimulatedTenancy implements Tenancy {
        private final int epoch;
        private Tenure tenure = Tenure.HELD;

        SimulatedTenancy(int epoch) {
            this.epoch = epoch;
        }

        @Override
        public int epoch() {
            return epoch;
        }

        @Override
        public Tenure tenure() {
            return tenure;
        }

        @Override
        public void begun() {}
    }

    /**
     * @param turns run by this process
     * @param dead whether it is dead, though it does not know yet
     */
    public SimulatedTier(
            SimulatedBucket bucket, int epoch, Coroutines.Turns turns, BooleanSupplier dead, RandomGenerator random) {
        this.bucket = bucket;
        coroutines = new Coroutines(turns);
        tenancy = new SimulatedTenancy(epoch);
        remote = new SimulatedObjectStore(bucket, coroutines, tenancy, dead);
        long cacheBytes = (long) ChunkMap.CHUNK_BYTES << random.nextInt(4, 12);
        var rounds = new CoroutineThreads(coroutines, ROUNDS);
        pool = new TieredPool(
                new CacheSpace(cacheBytes),
                TestThreads.unbound(rounds),
                new CoroutineTime(coroutines),
                rounds,
                new CoroutineThreads(coroutines, TRANSFERS),
                new CoroutineThreads(coroutines, FETCHES),
                random.nextInt(2000),
                LEAST_PIECE_BYTES << random.nextInt(7));
    }

    /**
     * Opens the family. Nothing else happens meanwhile.
     *
     * @param directory of files that are small
     * @param cacheIntact whether the disk has what was fetched
     */
    public SegmentStore open(PartialStore local, Path directory, boolean cacheIntact, Executor loop) {
        var store = new TieredStore(
                local, directory, cacheIntact, new RemoteFamily(remote, SimulatedBucket.FAMILY), tenancy, pool, loop);
        opened = store;
        return store;
    }

    /** Where what blocks is to be run. */
    public Executor threads() {
        return coroutines::start;
    }

    /** What was acknowledged and is not on the store. */
    public long behindBytes() {
        return opened == null ? 0 : opened.behindBytes();
    }

    public List<Long> objects() {
        return opened == null ? List.of() : opened.objects();
    }

    public void tenure(Tenure now) {
        tenancy.tenure = now;
    }

    /** The process dies at a put or delete, before or after that has its effect. */
    public void dieAt(int nth) {
        remote.dieAt(nth);
    }

    public boolean died() {
        return remote.died();
    }

    /** The process is dead. */
    public void end() {
        bucket.passed(coroutines.nanos());
        coroutines.end();
    }

    /** Has the store be away for a while. */
    public void leave(long nanos) {
        bucket.leave(coroutines.nanos() + nanos);
    }

    public boolean isAway() {
        return bucket.isAway(coroutines.nanos());
    }
}
