package io.volary.volume.space;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * The sealed objects of one kind, with data or with map nodes, sorted by how full they are as blocks die: so those that are cheapest to
 * empty are found at once, however many objects there are. Confined to the loop's thread.
 */
final class RankedUses {
    /** Objects are told apart by how full they are in steps of a twentieth; those of the last are not worth copying. */
    private static final int STEPS = 20;

    /** How many of each step are compared: the oldest. */
    private static final int COMPARED = 16;

    /** What fills a copy up must be worth this part of the best at least. */
    private static final double LEAST_WORTH = 0.8;

    private static final Comparator<ObjectUse> BY_AGE =
            Comparator.comparingLong(ObjectUse::madeAt).thenComparingLong(use -> use.object);

    /** First those in which nothing is needed. */
    private final List<SortedSet<ObjectUse>> ranks = IntStream.rangeClosed(0, STEPS + 1)
            .<SortedSet<ObjectUse>>mapToObj(rank -> new TreeSet<>(BY_AGE))
            .toList();

    private long blocks;
    private long live;
    private long emptiedBlocks;

    void add(ObjectUse use) {
        ranks.get(rank(use)).add(use);
        count(use, 1);
    }

    void remove(ObjectUse use) {
        ranks.get(rank(use)).remove(use);
        count(use, -1);
    }

    private void count(ObjectUse use, long sign) {
        blocks += sign * use.blocks;
        live += sign * use.live;
        emptiedBlocks += use.live == 0 ? sign * use.blocks : 0;
    }

    /** So many more blocks of an object are needed than before. */
    void changed(ObjectUse use, int change) {
        int before = rank(use);
        count(use, -1);
        use.live += change;
        count(use, 1);
        int now = rank(use);
        if (now != before) {
            ranks.get(before).remove(use);
            ranks.get(now).add(use);
        }
    }

    private static int rank(ObjectUse use) {
        return use.live == 0 ? 0 : 1 + (int) ((long) use.live * STEPS / use.blocks);
    }

    /** All blocks, needed or not. */
    long blocks() {
        return blocks;
    }

    /** Blocks that nothing needs, beside others that are needed: what only copying wins. */
    long garbage() {
        return blocks - live - emptiedBlocks;
    }

    /** The objects in which nothing is needed any more. */
    List<ObjectUse> emptied() {
        return List.copyOf(ranks.getFirst());
    }

    /** Blocks of {@link #emptied}. */
    long emptiedBlocks() {
        return emptiedBlocks;
    }

    /**
     * Chooses objects with much garbage, little to copy, and old.
     *
     * @param newest the number of the newest segment
     * @param maxBlocks how many blocks they may have to copy together; the best may have more
     */
    List<ObjectUse> cheapest(long newest, int maxBlocks) {
        var candidates = new ArrayList<ObjectUse>();
        for (Set<ObjectUse> rank : ranks.subList(1, STEPS)) {
            rank.stream()
                    .filter(use -> !use.victim && !use.damaged())
                    .limit(COMPARED)
                    .forEach(candidates::add);
        }
        candidates.sort(
                Comparator.comparingDouble((ObjectUse use) -> use.worth(newest)).reversed());
        var victims = new ArrayList<ObjectUse>();
        long copied = 0;
        for (ObjectUse use : candidates) {
            boolean fits = copied + use.live <= maxBlocks;
            boolean worthy =
                    use.worth(newest) >= LEAST_WORTH * candidates.getFirst().worth(newest);
            if (victims.isEmpty() || (fits && worthy)) {
                copied += use.live;
                victims.add(use);
            }
        }
        return wins(victims) ? victims : List.of();
    }

    /** Whether a copy, which has a header as each of them has, would be smaller: else there would be copies of copies for ever. */
    private static boolean wins(List<ObjectUse> victims) {
        long won = -1;
        for (ObjectUse use : victims) {
            won += use.blocks - use.live;
        }
        return won > 0;
    }
}
