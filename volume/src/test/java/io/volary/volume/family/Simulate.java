package io.volary.volume.family;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** {@code ./simulate}: runs of the model that a number names, one or as many as there is time for. */
final class Simulate {
    private static final List<Crashes> KINDS = List.of(Crashes.values());
    private static final int OPERATIONS = 500;
    private static final int HUNTED = 300;
    private static final int FAILED = 1;

    private Simulate() {}

    public static void main(String[] arguments) {
        List<String> words = List.of(arguments);
        try {
            if (words.size() == 2 && words.getFirst().equals("--minutes")) {
                explore(Duration.ofMillis((long) (60_000 * Double.parseDouble(words.get(1)))));
            } else if (words.getFirst().equals("--hunt")) {
                hunt();
            } else {
                System.out.println(one(Long.parseLong(words.getFirst())));
            }
        } catch (SimulationFailure e) {
            e.printStackTrace(System.out);
            System.out.println("failed: " + e.run);
            System.exit(FAILED);
        }
    }

    private static void explore(Duration time) {
        Instant end = Instant.now().plus(time);
        long first = System.currentTimeMillis() * 1000; // no number comes twice
        long seed = first;
        var totals = new SimulationTotals();
        while (Instant.now().isBefore(end)) {
            totals.add(one(seed++));
        }
        System.out.println(totals.points());
        System.out.println(totals.tier);
        System.out.printf("%d runs from %d as they should be: %s%n", totals.runs, first, totals);
    }

    /** Looks for a bug that was put into the engine, and says what finds it. */
    private static void hunt() {
        try {
            for (long seed = 1; seed <= HUNTED; seed++) {
                one(seed);
            }
            new SmallHistoriesTest().everyCrashLeavesWhatItMay(SmallHistory.Death.POWER);
            System.out.println("missed by " + HUNTED + " runs and all short histories");
        } catch (SimulationFailure e) {
            System.out.println("found by " + e.run);
        } catch (AssertionError e) {
            System.out.println("found by a short history: " + e.getMessage());
        }
    }

    /** A run of any kind: those of the model, and the one with a store beyond the disk. */
    private static SimulationTotals one(long seed) {
        int kind = (int) Math.floorMod(seed, KINDS.size() + 1L);
        boolean tiered = kind == KINDS.size();
        try {
            return tiered ? TieredRun.of(seed, OPERATIONS) : ofModel(seed, KINDS.get(kind));
        } catch (Throwable e) {
            throw new SimulationFailure("./simulate " + seed + " (" + (tiered ? "TIERED" : KINDS.get(kind)) + ")", e);
        }
    }

    private static SimulationTotals ofModel(long seed, Crashes kind) {
        var run = new ModelRun(seed, kind);
        run.run(OPERATIONS);
        return run.totals();
    }

    /** Not an exception of the engine's. */
    private static final class SimulationFailure extends RuntimeException {
        private static final long serialVersionUID = 1;

        private final String run;

        SimulationFailure(String run, Throwable cause) {
            super(run, cause);
            this.run = run;
        }
    }
}
