package io.volary.fuzz;

/**
 * What the branches of the instrumented classes tell of themselves. Static, because it is called at every branch; one target at a
 * time.
 */
public final class Probes {
    /** Branches of one target; the table of pairs has the square of it. */
    static final int MAX_BRANCHES = 1 << 11;

    private static boolean[] branches = new boolean[MAX_BRANCHES];
    private static boolean[] pairs = new boolean[MAX_BRANCHES * MAX_BRANCHES];
    private static int last;
    private static int found;

    private Probes() {}

    /** A branch was taken: this is what instrumented code calls. */
    public static void hit(int branch) {
        int pair = last * MAX_BRANCHES + branch;
        last = branch;
        if (!pairs[pair]) {
            pairs[pair] = true;
            branches[branch] = true;
            found++;
        }
    }

    static void reset() {
        branches = new boolean[MAX_BRANCHES];
        pairs = new boolean[MAX_BRANCHES * MAX_BRANCHES];
        found = 0;
    }

    /** A case begins, with no branch before its first. */
    static void begin() {
        last = 0;
    }

    /** How many pairs of branches were reached so far. */
    static int found() {
        return found;
    }

    static boolean isReached(int branch) {
        return branches[branch];
    }
}
