package io.volary.volume.remote;

import io.volary.volume.remote.ObjectStore.Stored;
import io.volary.volume.remote.RemoteNames.ManifestName;
import io.volary.volume.remote.RemoteNames.PieceName;
import io.volary.volume.store.StoreException;
import io.volary.volume.store.StoreException.Kind;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A clone family on an object store. Blocks; any thread. */
final class RemoteFamily {
    private static final Logger LOG = LoggerFactory.getLogger(RemoteFamily.class);

    private final ObjectStore store;
    private final String family;
    private @Nullable Future<Contents> ahead;
    private boolean aheadWithManifest;

    RemoteFamily(ObjectStore store, String family) {
        this.store = store;
        this.family = family;
    }

    /** @param newest only if it was asked for */
    record Contents(Optional<Named> newest, List<PieceName> pieces) {}

    String family() {
        return family;
    }

    /** Looks what there is, for {@link #contents}: of many families that are opened one by one at once. */
    void lookAhead(boolean withManifest, ExecutorService threads) {
        aheadWithManifest = withManifest;
        ahead = threads.submit(() -> look(withManifest));
    }

    /** What there is, as of {@link #lookAhead} the first time if that was asked for. */
    Contents contents(boolean withManifest) {
        Future<Contents> looked = ahead;
        ahead = null;
        if (looked != null && aheadWithManifest == withManifest) {
            try {
                return looked.get();
            } catch (ExecutionException e) {
                LOG.debug("It is tried again", e);
            } catch (InterruptedException e) {
                throw new StoreException(Kind.IO_ERROR, "the vPool is being closed", e);
            }
        }
        return look(withManifest);
    }

    private Contents look(boolean withManifest) {
        // In this order: what comes in between is the log's.
        return new Contents(withManifest ? newestManifest() : Optional.empty(), pieces());
    }

    /** What there is of objects. What is not the length that its name says was never put by us, and is not there. */
    private List<PieceName> pieces() {
        var pieces = new ArrayList<PieceName>();
        for (Stored stored : store.list(RemoteNames.objects(family))) {
            PieceName piece = RemoteNames.piece(stored.name());
            if (piece != null && piece.length() == stored.bytes()) {
                pieces.add(piece);
            }
        }
        return pieces;
    }

    List<ManifestName> manifests() {
        return store.list(RemoteNames.manifests(family)).stream()
                .map(stored -> RemoteNames.manifest(stored.name()))
                .filter(Objects::nonNull)
                .sorted()
                .toList();
    }

    /** A manifest, and what it is called. */
    record Named(ManifestName name, RemoteManifest manifest) {}

    private Optional<Named> newestManifest() {
        ManifestName newest = null;
        long bytes = 0;
        for (Stored stored : store.list(RemoteNames.manifests(family))) {
            ManifestName name = RemoteNames.manifest(stored.name());
            if (name != null && (newest == null || name.compareTo(newest) > 0)) {
                newest = name;
                bytes = stored.bytes();
            }
        }
        return newest == null ? Optional.empty() : Optional.of(new Named(newest, manifest(newest.name(), bytes)));
    }

    private RemoteManifest manifest(String name, long bytes) {
        if (bytes > ObjectStore.MAX_OBJECT_BYTES) {
            throw new StoreException(Kind.IO_ERROR, name + " is no manifest: it has " + bytes + " bytes");
        }
        byte[] encoded = new byte[(int) bytes];
        store.get(name, 0, MemorySegment.ofArray(encoded));
        return RemoteManifest.decode(name, encoded);
    }

    void put(ManifestName name, RemoteManifest manifest) {
        store.put(name.name(), MemorySegment.ofArray(manifest.encode()));
    }

    void delete(ManifestName name) {
        store.delete(name.name());
    }

    void put(PieceName piece, MemorySegment content, Pieces pieces) {
        store.put(piece.name(), content);
        pieces.add(piece);
    }

    /** Reads a range of an object, all of which is there. */
    void read(long object, Pieces pieces, long offset, MemorySegment into) {
        for (long done = 0; done < into.byteSize(); ) {
            PieceName piece = pieces.at(offset + done);
            if (piece == null) {
                throw new StoreException(
                        Kind.NOT_FOUND,
                        "the store has nothing of segment %016x of %s at %d".formatted(object, family, offset + done));
            }
            long within = offset + done - piece.offset();
            long length = Math.min(piece.length() - within, into.byteSize() - done);
            store.get(piece.name(), within, into.asSlice(done, length));
            done += length;
        }
    }

    void delete(Pieces pieces) {
        pieces.all().forEach(piece -> store.delete(piece.name()));
    }
}
