package io.volary.volume.family;

import static org.assertj.core.api.Assertions.assertThat;

import io.volary.volume.map.BlockMap;
import io.volary.volume.map.FramePool;
import io.volary.volume.map.MapRoot;
import io.volary.volume.map.NodeCache;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SpaceShareTest {
    private static final int POINTS = 200;
    private static final int VOLUMES = 12;
    private static final int GONE = VOLUMES + 1;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void itIsWhatItsDefinitionSays(long seed) {
        try (var frames = new FramePool(1 << 20)) {
            var map = new BlockMap(new NodeCache(frames, (place, memory, at, done) -> {}), place -> {});
            Lineage lineage = randomFamily(new Lineage(map), new SplittableRandom(seed));
            long total = 0;
            for (VolumeState volume : lineage.volumes()) {
                SpaceShare share = SpaceShare.of(lineage, volume);
                assertThat(share).as("volume %d", volume.id).isEqualTo(defined(lineage, volume));
                total += share.storedBlocks();
            }
            long charged = lineage.points().stream()
                    .filter(point -> chargedTo(lineage, point) != null)
                    .mapToLong(point -> point.ownBlocks)
                    .sum();
            assertThat(total).isEqualTo(charged);
        }
    }

    /** Points that hang anywhere, of volumes of which some are gone, and heads of any of them. */
    private static Lineage randomFamily(Lineage lineage, SplittableRandom random) {
        for (int id = 1; id <= POINTS; id++) {
            var point = new Point(id, 1 + random.nextInt(GONE), new MapRoot(0, 0));
            point.parent = lineage.point(id < 4 ? 0 : Math.max(1, id - 1 - random.nextInt(20)));
            point.ownBlocks = random.nextInt(1000);
            lineage.add(point);
            if (id % (POINTS / VOLUMES) == 0 && id / (POINTS / VOLUMES) <= VOLUMES) {
                lineage.add(new VolumeState(id / (POINTS / VOLUMES), "v" + id, "", point));
            }
        }
        return lineage;
    }

    private static SpaceShare defined(Lineage lineage, VolumeState volume) {
        long stored = 0;
        long exclusive = 0;
        for (Point point : lineage.points()) {
            if (chargedTo(lineage, point) == volume) {
                boolean alone = lineage.volumes().stream().noneMatch(other -> other != volume && hangsOn(other, point));
                stored += point.ownBlocks;
                exclusive += alone ? point.ownBlocks : 0;
            }
        }
        return new SpaceShare(stored, exclusive);
    }

    private static @Nullable VolumeState chargedTo(Lineage lineage, Point point) {
        VolumeState own = lineage.volume(point.volume);
        return own != null
                ? own
                : lineage.volumes().stream()
                        .filter(volume -> hangsOn(volume, point))
                        .findFirst()
                        .orElse(null);
    }

    private static boolean hangsOn(VolumeState volume, Point point) {
        for (Point above = volume.head; above != null; above = above.parent) {
            if (above == point) {
                return true;
            }
        }
        return false;
    }
}
