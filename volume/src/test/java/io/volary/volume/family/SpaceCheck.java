package io.volary.volume.family;

import io.volary.volume.format.BlockEntry;
import io.volary.volume.map.MapRoot;
import io.volary.volume.map.TreeDiff;
import io.volary.volume.space.LiveBlocks;
import java.util.Set;
import java.util.TreeSet;

/** What the bitmaps say is needed is what the volumes and snapshots refer to, no more and no less. */
final class SpaceCheck {
    private SpaceCheck() {}

    static void verify(SimulatedEngine engine) {
        engine.settle();
        var family = engine.family();
        var referred = new TreeSet<Long>();
        for (Point point : family.lineage().points()) {
            var walk = new TreeDiff(family.map(), point.root, new MapRoot(0, 0), 0, 0);
            var visitor = new References(referred, point.parentCut());
            var arrived = new boolean[] {true};
            engine.runUntil(() -> {
                while (arrived[0]) {
                    switch (walk.step(visitor)) {
                        case MORE -> {}
                        case DONE -> {
                            return true;
                        }
                        case MISS -> {
                            arrived[0] = false;
                            walk.loadMissing(intact -> arrived[0] = true);
                        }
                    }
                }
                return false;
            });
            visitor.compare(point);
        }
        LiveBlocks.check(family.segments(), referred, engine::runUntil);
    }

    /** What a point refers to, and how much of its data was born after its parent's cut. */
    private static final class References implements TreeDiff.Visitor {
        private final Set<Long> places;
        private final int parentCut;
        private long blocks;
        private long ownBlocks;

        References(Set<Long> places, int parentCut) {
            this.places = places;
            this.parentCut = parentCut;
        }

        @Override
        public void node(long place, long seal) {
            places.add(place);
        }

        @Override
        public void block(long place, long seal) {
            if (BlockEntry.takesSpace(place)) {
                places.add(place);
            }
            if (BlockEntry.kind(place) == BlockEntry.DATA) {
                blocks++;
                ownBlocks += Integer.compareUnsigned(BlockEntry.birth(seal), parentCut) > 0 ? 1 : 0;
            }
        }

        void compare(Point point) {
            if (point.mappedBlocks != blocks || point.ownBlocks != ownBlocks) {
                throw new AssertionError("point %d, %s, counts %d blocks, %d of its own; it has %d and %d"
                        .formatted(point.id, point.name, point.mappedBlocks, point.ownBlocks, blocks, ownBlocks));
            }
        }
    }
}
