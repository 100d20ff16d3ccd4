package io.volary.volume.family;

import io.volary.volume.store.CrashPoint;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What has happened in a run, or in several. */
final class SimulationTotals {
    int runs;
    int operations;
    int crashes;
    int writes;
    int flushes;
    int snapshots;
    int collections;
    int refusals;
    final TierTotals tier = new TierTotals();

    /** Crashes by where they were. */
    private final Map<String, Integer> points = new TreeMap<>();

    /** A crash: at an operation of the disk, or between two; while the family was opened, or later. */
    void crash(@Nullable CrashPoint point, boolean opening) {
        crashes++;
        String where = point == null ? "between operations" : point.toString();
        points.merge(opening ? where + " of a start" : where, 1, Integer::sum);
    }

    void add(SimulationTotals other) {
        runs += other.runs;
        operations += other.operations;
        crashes += other.crashes;
        writes += other.writes;
        flushes += other.flushes;
        snapshots += other.snapshots;
        collections += other.collections;
        refusals += other.refusals;
        tier.add(other.tier);
        other.points.forEach((point, count) -> points.merge(point, count, Integer::sum));
    }

    boolean ofEveryKind() {
        return crashes > 0 && writes > 0 && flushes > 0 && snapshots > 0 && collections > 0;
    }

    @Override
    public String toString() {
        return "%d operations: %d writes, %d flushes, %d snapshots, %d refused; %d collections; %s"
                .formatted(operations, writes, flushes, snapshots, refusals, collections, crashesByPoint());
    }

    private String crashesByPoint() {
        return points.entrySet().stream()
                .min(Map.Entry.comparingByValue())
                .map(least -> "%d crashes, at each of %d points at least %d (%s)"
                        .formatted(crashes, points.size(), least.getValue(), least.getKey()))
                .orElse("no crash");
    }

    /** How often each point was hit. */
    String points() {
        return points.toString();
    }
}
