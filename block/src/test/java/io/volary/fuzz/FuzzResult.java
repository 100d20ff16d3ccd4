package io.volary.fuzz;

import java.util.List;
import java.util.stream.IntStream;

/**
 * What a run came to.
 *
 * @param branches all of the parser's classes
 * @param missed those that no case reached
 */
record FuzzResult(String target, long cases, long nanos, int corpus, int branches, List<Branch> missed) {
    static FuzzResult of(String target, long cases, long nanos, int corpus, List<Branch> branches) {
        List<Branch> missed = IntStream.range(0, branches.size())
                .filter(branch -> branches.get(branch).counts() && !Probes.isReached(branch))
                .mapToObj(branches::get)
                .toList();
        int counting = (int) branches.stream().filter(Branch::counts).count();
        return new FuzzResult(target, cases, nanos, corpus, counting, missed);
    }

    int reached() {
        return branches - missed.size();
    }

    /** Of the branches, in percent. */
    double coverage() {
        return branches == 0 ? 100 : 100.0 * reached() / branches;
    }

    @Override
    public String toString() {
        return "%-22s %,14d %,10d/s %6d   %4d of %4d  %5.1f %%"
                .formatted(
                        target,
                        cases,
                        cases * 1_000_000_000 / Math.max(1, nanos),
                        corpus,
                        reached(),
                        branches,
                        coverage());
    }
}
