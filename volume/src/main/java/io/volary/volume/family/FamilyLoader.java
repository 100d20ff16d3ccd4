package io.volary.volume.family;

import io.volary.volume.VolumeException;
import io.volary.volume.format.SegmentHeader;
import io.volary.volume.log.LeftTail;
import io.volary.volume.log.LogPosition;
import io.volary.volume.map.MapRoot;
import io.volary.volume.space.Numbering;
import io.volary.volume.store.SegmentStore;
import io.volary.volume.store.StoreException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds out what is in a family's store, before anything is replayed. Blocks; any thread but an event loop's. */
public final class FamilyLoader {
    private static final Logger LOG = LoggerFactory.getLogger(FamilyLoader.class);

    private final SegmentStore store;
    private final LeftTail left;

    private FamilyLoader(SegmentStore store, LeftTail left) {
        this.store = store;
        this.left = left;
    }

    /** Puts the first manifest of a family with one empty volume. */
    public static void create(SegmentStore store, String volume, long bytes, boolean importing) {
        var head = new Point(1, 1, new MapRoot(0, 0));
        head.size = bytes;
        var manifest = new Manifest(
                UUID.randomUUID(),
                0,
                1,
                new LogPosition(1, 0, 1),
                1,
                2,
                2,
                List.of(new Manifest.VolumeImage(1, volume, "", 1, importing)),
                List.of(PointImages.of(head)),
                null,
                new long[0],
                List.of());
        store.putManifest(1, ManifestCodec.encode(manifest), List.of());
    }

    /**
     * Reads the newest manifest and looks for what came after it, which is completed by what was {@code left}.
     *
     * @throws VolumeException CORRUPT, NEWER_FORMAT, NOT_FOUND if there is nothing at all
     */
    public static FamilyContents load(SegmentStore store, LeftTail left) {
        return new FamilyLoader(store, left).load();
    }

    /** The volumes of a family that cannot be opened, as far as a manifest of it can still be read. */
    public static List<String> names(SegmentStore store) {
        for (long number : store.manifests().reversed()) {
            try {
                var manifest = ManifestCodec.decode(store.manifest(number));
                return manifest.volumes().stream()
                        .map(Manifest.VolumeImage::name)
                        .toList();
            } catch (VolumeException | StoreException e) {
                LOG.debug("Manifest {} cannot be read", number, e);
            }
        }
        return List.of();
    }

    /** The epoch that a manifest is of, and the log behind it, or 0 if it cannot be read. */
    public static int epochOf(byte[] manifest) {
        Manifest read = readable(manifest);
        return read == null ? 0 : read.epoch();
    }

    /** As {@link #epochOf}, of a manifest that was made just now, without reading all of it. */
    public static int epochOfNew(byte[] manifest) {
        return ManifestCodec.epoch(manifest);
    }

    /**
     * What a manifest stands on.
     *
     * @param epoch as {@link #epochOf}
     * @param needed what it refers to
     */
    public record Base(int epoch, List<SegmentStore.Needed> needed) {}

    /** What a manifest stands on: nothing if it cannot be read. */
    public static Base baseOf(byte[] manifest) {
        Manifest read = readable(manifest);
        return read == null ? new Base(0, List.of()) : new Base(read.epoch(), read.needed());
    }

    private static @Nullable Manifest readable(byte[] manifest) {
        try {
            return ManifestCodec.decode(manifest);
        } catch (VolumeException e) {
            LOG.debug("A manifest cannot be read", e);
            return null;
        }
    }

    private FamilyContents load() {
        List<Long> numbers = store.manifests();
        if (numbers.isEmpty()) {
            boolean neverMade = store.objects().isEmpty();
            throw new VolumeException(
                    neverMade ? VolumeException.Kind.NOT_FOUND : VolumeException.Kind.CORRUPT, "there is no manifest");
        }
        long number = numbers.getLast();
        Manifest manifest = ManifestCodec.decode(store.manifest(number));
        List<Long> objects = store.objects();
        int epoch = manifest.epoch();
        for (long object : objects) {
            epoch = Math.max(epoch, Numbering.epochOf(object));
        }
        return withLog(manifest, number, store.epochAbove(epoch), objects);
    }

    private FamilyContents withLog(Manifest manifest, long number, int epoch, List<Long> objects) {
        long first = manifest.position().segment();
        Set<Long> referred = new HashSet<>();
        Map<Long, Long> replayable = new HashMap<>();
        long nextSegment = manifest.nextSegment();
        for (var segment : manifest.segments()) {
            referred.add(segment.object());
            nextSegment = Math.max(nextSegment, segment.number() + 1);
            if (segment.kind() == SegmentHeader.Kind.LOG && segment.number() >= first) {
                replayable.put(segment.object(), segment.number());
            }
        }
        checkPresent(replayable, objects);
        var examined = new LogObjects(store, manifest.family());
        var replay = new ArrayList<FamilyContents.ReplaySegment>();
        var leftovers = new ArrayList<Long>();
        for (long object : objects) {
            boolean isReferred = referred.contains(object);
            if (isReferred && !replayable.containsKey(object)) {
                continue;
            }
            var found = Numbering.isLog(object) ? examined.segment(object, replayable.get(object)) : null;
            if (found != null && found.number() >= first) {
                replay.add(found);
                nextSegment = Math.max(nextSegment, found.number() + 1);
                continue;
            }
            if (found != null) {
                found.file().close(); // a checkpoint has all of it
            }
            if (!isReferred && !examined.keptAside(object)) {
                leftovers.add(object);
            }
        }
        restore(manifest.family(), replay);
        replay.sort(Comparator.comparingLong(FamilyContents.ReplaySegment::number));
        return new FamilyContents(manifest, number, epoch, nextSegment, replay, leftovers);
    }

    private void restore(UUID family, List<FamilyContents.ReplaySegment> replay) {
        try {
            replay.forEach(segment -> left.restore(family, segment.number(), segment.file()));
        } catch (StoreException e) {
            replay.forEach(segment -> segment.file().close());
            throw e;
        }
    }

    private static void checkPresent(Map<Long, Long> replayable, List<Long> objects) {
        var missing = new HashMap<>(replayable);
        missing.keySet().removeAll(objects);
        missing.forEach((object, segment) -> {
            throw new VolumeException(
                    VolumeException.Kind.CORRUPT,
                    "segment " + segment + " of the log, object " + Long.toHexString(object)
                            + ", is missing. Nothing was changed. Put the file back, or restore the volume from a copy");
        });
    }
}
