package io.volary.volume.family;

/** What has happened in runs with a store beyond the disk, beside the rest. */
final class TierTotals {
    int runs;
    int machines;
    int looks;
    int remoteCrashes;
    int rotten;
    int uncertain;
    int fenced;
    int outages;
    long calls;
    long failures;

    /** What one run has asked of the store. */
    void count(int outagesThen, long callsThen, long failuresThen) {
        outages = outagesThen;
        calls = callsThen;
        failures = failuresThen;
    }

    void add(TierTotals other) {
        runs += other.runs;
        machines += other.machines;
        looks += other.looks;
        remoteCrashes += other.remoteCrashes;
        rotten += other.rotten;
        uncertain += other.uncertain;
        fenced += other.fenced;
        outages += other.outages;
        calls += other.calls;
        failures += other.failures;
    }

    @Override
    public String toString() {
        return ("%d runs with a store beyond the disk: %d machines lost, %d looks at what there would be if it were,"
                        + " %d crashes at a call of the store, %d rotten blocks, %d times without a lease, %d fenced;"
                        + " %d outages, %d of %d calls failed")
                .formatted(runs, machines, looks, remoteCrashes, rotten, uncertain, fenced, outages, failures, calls);
    }
}
