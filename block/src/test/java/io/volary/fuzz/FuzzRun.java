package io.volary.fuzz;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.HexFormat;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Cases of one target, each made of one before. Everything in a run follows from its seed. */
final class FuzzRun implements AutoCloseable {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    /** What one case may take; one that took longer is tried again, as it may have been the machine. */
    private static final long MAX_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final String name;
    private final long seed;
    private final Parses parses;
    private final FuzzLoader loader;
    private final FuzzTarget target;
    private final Corpus corpus = new Corpus();
    private final Mutator mutator;
    private final HangWatch watch;
    private long cases;
    private long nanos;

    FuzzRun(Class<? extends FuzzTarget> type, long seed) {
        this.name = name(type);
        this.seed = seed;
        parses = type.getAnnotation(Parses.class);
        loader = new FuzzLoader(parses);
        Probes.reset();
        target = loader.load(type);
        mutator = new Mutator(new SplittableRandom(seed), corpus, loader.dictionary(), parses.maxBytes());
        watch = new HangWatch(name);
    }

    /** What a target is called: its class, without the ending that all have. */
    static String name(Class<? extends FuzzTarget> type) {
        return type.getSimpleName().replaceFirst("Target$", "");
    }

    /** Runs so many cases, or for so long, whichever ends first. @throws FuzzFailure at the first that fails */
    FuzzResult run(long maxCases, long maxNanos) {
        long begin = System.nanoTime();
        corpus.add(new byte[0]);
        for (byte[] input : target.seeds()) {
            check(input);
            corpus.add(input);
        }
        while (cases < maxCases && System.nanoTime() - begin < maxNanos) {
            byte[] input = mutator.next();
            int before = Probes.found();
            check(input);
            if (Probes.found() != before) {
                corpus.add(input);
            }
        }
        nanos = System.nanoTime() - begin;
        return FuzzResult.of(name, cases, nanos, corpus.size(), loader.branches());
    }

    private void check(byte[] input) {
        cases++;
        Throwable failure = failure(input);
        if (failure != null) {
            byte[] reduced = new Reduction(this::failure).reduce(input, failure);
            throw new FuzzFailure(name, cases, seed, HexFormat.of().formatHex(reduced), failure);
        }
    }

    /** Has one input parsed, as it is. @throws FuzzFailure if that fails */
    void replay(byte[] input) {
        check(input);
    }

    private @Nullable Throwable failure(byte[] input) {
        Throwable failure = once(input.clone());
        return failure instanceof Excess ? once(input.clone()) : failure;
    }

    private @Nullable Throwable once(byte[] input) {
        watch.begin(input);
        Probes.begin();
        long bytes = THREADS.getCurrentThreadAllocatedBytes();
        long begin = System.nanoTime();
        try {
            target.run(input);
        } catch (Throwable e) {
            return e;
        } finally {
            watch.end();
        }
        if (System.nanoTime() - begin > MAX_NANOS) {
            return new Excess("it takes more than a second");
        }
        long allocated = THREADS.getCurrentThreadAllocatedBytes() - bytes;
        return allocated > parses.maxAllocation() ? new Excess("it allocates " + allocated + " bytes") : Defects.take();
    }

    /** A case took too much of something. */
    private static final class Excess extends Exception {
        private static final long serialVersionUID = 1;

        Excess(String message) {
            super(message);
        }
    }

    @Override
    public void close() {
        watch.close();
        target.close();
    }
}
