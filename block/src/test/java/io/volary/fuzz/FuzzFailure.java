package io.volary.fuzz;

/** An input for which something does not hold. */
final class FuzzFailure extends AssertionError {
    private static final long serialVersionUID = 1;

    FuzzFailure(String target, long cases, long seed, String input, Throwable cause) {
        super(
                "%s: case %d of seed %d fails: %s. The case alone: ./fuzz --input %s %s"
                        .formatted(target, cases, seed, cause, input.isEmpty() ? "''" : input, target),
                cause);
    }
}
