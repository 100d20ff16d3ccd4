package io.volary.fuzz;

import java.util.HexFormat;
import java.util.ServiceLoader;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/** A short run of each target of a module, for its tests: from the clock, or from {@code -Dfuzz.seed=}. */
public final class FuzzTests {
    private static final long NANOS = TimeUnit.SECONDS.toNanos(1);

    private FuzzTests() {}

    public static Stream<DynamicTest> all() {
        return targets()
                .map(type -> DynamicTest.dynamicTest(FuzzRun.name(type), () -> {
                    try (var run = new FuzzRun(type, Long.getLong("fuzz.seed", System.nanoTime()))) {
                        run.run(Long.MAX_VALUE, NANOS);
                    }
                }));
    }

    /** Runs one input, in hexadecimal, that was found once. */
    public static void replay(Class<? extends FuzzTarget> type, String input) {
        try (var run = new FuzzRun(type, 0)) {
            run.replay(HexFormat.of().parseHex(input));
        }
    }

    static Stream<Class<? extends FuzzTarget>> targets() {
        return ServiceLoader.load(FuzzTarget.class).stream().map(ServiceLoader.Provider::type);
    }
}
