package io.volary.fuzz;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Runs targets one after the other for long, and prints what each came to: what {@code ./fuzz} starts. */
public final class Fuzz {
    private static final double ENOUGH_PERCENT = 90;

    private long cases = Long.MAX_VALUE;
    private double minutes = 1;
    private long seed = System.nanoTime();
    private byte @Nullable [] input;
    private boolean showMissed;
    private final List<String> names = new ArrayList<>();

    private Fuzz(String[] arguments) {
        for (int i = 0; i < arguments.length; i++) {
            switch (arguments[i]) {
                case "--minutes" -> minutes = Double.parseDouble(arguments[++i]);
                case "--cases" -> {
                    cases = Long.parseLong(arguments[++i]);
                    minutes = Integer.MAX_VALUE;
                }
                case "--seed" -> seed = Long.parseLong(arguments[++i]);
                case "--input" -> input = HexFormat.of().parseHex(arguments[++i]);
                case "--missed" -> showMissed = true;
                default -> names.add(arguments[i]);
            }
        }
    }

    /** What {@code ./fuzz} was given. */
    public static void main(String[] arguments) {
        if (!new Fuzz(arguments).run()) {
            System.exit(1);
        }
    }

    private boolean run() {
        List<Class<? extends FuzzTarget>> targets = FuzzTests.targets()
                .filter(type -> names.isEmpty() || names.contains(FuzzRun.name(type)))
                .toList();
        if (targets.isEmpty()) {
            throw new IllegalArgumentException("no such target; there are "
                    + FuzzTests.targets().map(FuzzRun::name).sorted().toList());
        }
        if (input != null) {
            targets.forEach(this::replay);
            return true;
        }
        System.out.println("target                          cases        speed corpus         branches reached");
        var results = new ArrayList<FuzzResult>();
        for (Class<? extends FuzzTarget> type : targets) {
            results.add(run(type, (long) (minutes * TimeUnit.MINUTES.toNanos(1) / targets.size())));
        }
        System.out.println(total(results));
        return results.stream().allMatch(result -> result.coverage() >= ENOUGH_PERCENT);
    }

    private FuzzResult run(Class<? extends FuzzTarget> type, long nanos) {
        try (var run = new FuzzRun(type, seed)) {
            FuzzResult result = run.run(cases, nanos);
            System.out.println(result);
            if (showMissed) {
                result.missed().forEach(branch -> System.out.println("    not reached: " + branch));
            }
            return result;
        }
    }

    private void replay(Class<? extends FuzzTarget> type) {
        try (var run = new FuzzRun(type, seed)) {
            run.replay(java.util.Objects.requireNonNull(input));
        }
    }

    private static FuzzResult total(List<FuzzResult> results) {
        var missed = new ArrayList<Branch>();
        results.forEach(result -> missed.addAll(result.missed()));
        return new FuzzResult(
                "all",
                results.stream().mapToLong(FuzzResult::cases).sum(),
                results.stream().mapToLong(FuzzResult::nanos).sum(),
                results.stream().mapToInt(FuzzResult::corpus).sum(),
                results.stream().mapToInt(FuzzResult::branches).sum(),
                missed);
    }
}
