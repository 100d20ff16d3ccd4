package io.volary.volume.family;

import io.volary.volume.Limits;
import io.volary.volume.VolumeException;
import io.volary.volume.format.Checksum;
import io.volary.volume.format.NativeBuffer;
import io.volary.volume.format.SegmentHeader;
import io.volary.volume.log.LogPosition;
import io.volary.volume.map.MapRoot;
import io.volary.volume.space.Numbering;
import io.volary.volume.store.SegmentFile;
import io.volary.volume.store.SegmentStore;
import io.volary.volume.store.StoreException;
import java.lang.foreign.Arena;
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

    private FamilyLoader(SegmentStore store) {
        this.store = store;
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
        store.putManifest(1, ManifestCodec.encode(manifest));
    }

    /**
     * Reads the newest manifest and looks for what came after it.
     *
     * @throws VolumeException CORRUPT, NEWER_FORMAT, NOT_FOUND if there is nothing at all
     */
    public static FamilyContents load(SegmentStore store) {
        return new FamilyLoader(store).load();
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
        return withLog(manifest, number, epoch + 1, objects);
    }

    private FamilyContents withLog(Manifest manifest, long number, int epoch, List<Long> objects) {
        Set<Long> referred = new HashSet<>();
        Map<Long, Long> replayable = new HashMap<>();
        long nextSegment = manifest.nextSegment();
        for (var segment : manifest.segments()) {
            referred.add(segment.object());
            nextSegment = Math.max(nextSegment, segment.number() + 1);
            if (segment.kind() == SegmentHeader.Kind.LOG
                    && segment.number() >= manifest.position().segment()) {
                replayable.put(segment.object(), segment.number());
            }
        }
        var replay = new ArrayList<FamilyContents.ReplaySegment>();
        var leftovers = new ArrayList<Long>();
        for (long object : objects) {
            if (referred.contains(object) && !replayable.containsKey(object)) {
                continue;
            }
            var found = examine(manifest.family(), object);
            if (found == null && beginsReplay(manifest, replayable.get(object))) {
                throw new VolumeException(
                        VolumeException.Kind.CORRUPT,
                        "the header of segment " + manifest.position().segment() + " is damaged, in object "
                                + Long.toHexString(object)
                                + ". Nothing was changed. Restore the volume from a copy, or keep the directory and ask"
                                + " for help");
            }
            if (found != null && found.number() >= manifest.position().segment()) {
                replay.add(found);
                nextSegment = Math.max(nextSegment, found.number() + 1);
            } else if (!referred.contains(object)) {
                leftovers.add(object);
            }
        }
        replay.sort(Comparator.comparingLong(FamilyContents.ReplaySegment::number));
        return new FamilyContents(manifest, number, epoch, nextSegment, replay, leftovers);
    }

    /** Whether a segment has records from before the manifest, so that its header has to be durable. */
    private static boolean beginsReplay(Manifest manifest, @Nullable Long segment) {
        return segment != null
                && segment == manifest.position().segment()
                && manifest.position().block() > 1;
    }

    /** The object as a segment of the log, open, or null if it is none; what cannot be read may well be one. */
    private FamilyContents.@Nullable ReplaySegment examine(UUID family, long object) {
        SegmentFile file = store.open(object);
        try (Arena arena = Arena.ofShared()) {
            long length = file.length();
            NativeBuffer header = NativeBuffer.allocate(arena, Limits.BLOCK_BYTES);
            if (length >= Limits.BLOCK_BYTES) {
                file.readFully(0, header.memory());
            }
            if (length >= Limits.BLOCK_BYTES
                    && SegmentHeader.valid(header, family, new Checksum())
                    && SegmentHeader.kind(header.memory()) == SegmentHeader.Kind.LOG) {
                return new FamilyContents.ReplaySegment(
                        SegmentHeader.segment(header.memory()), SegmentHeader.epoch(header.memory()), file, length);
            }
        } catch (StoreException e) {
            file.close();
            throw e;
        }
        file.close();
        return null;
    }
}
