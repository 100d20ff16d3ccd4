package io.volary.volume.pool;

import io.volary.volume.EngineOptions;
import io.volary.volume.VolumeException;
import io.volary.volume.family.Family;
import io.volary.volume.family.FamilyControl;
import io.volary.volume.family.FamilyLoader;
import io.volary.volume.log.LeftTail;
import io.volary.volume.store.SegmentStore;
import io.volary.volume.store.StoreException;
import io.volary.volume.store.StoreFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** An open clone family and where it lives. */
record FamilyHome(LoopHome loop, Path directory, SegmentStore store, Family family, FamilyControl control) {
    /** Makes a family with one volume in {@code directory}, for {@link #open}. */
    static void make(LoopHome loop, Path directory, StoreFactory stores, String volume, long bytes, boolean importing) {
        try (var store = stores.openDirectory(directory, loop.loop())) {
            FamilyLoader.create(store, volume, bytes, importing);
        } catch (StoreException e) {
            throw new VolumeException(kind(e), "volume " + volume + " could not be made: " + e.getMessage(), e);
        }
    }

    /** Opens the family in {@code directory}: what is not in its last checkpoint is replayed from its log. */
    static FamilyHome open(LoopHome loop, Path directory, StoreFactory stores, EngineOptions options, LeftTail left) {
        try {
            SegmentStore store = stores.open(directory, loop.loop());
            var contents = FamilyLoader.load(store, left);
            Family family = loop.call(done -> done.complete(new Family(loop.engine(), loop, store, options, contents)));
            VolumeException refusal = loop.<@Nullable VolumeException>call(done -> family.start(done::complete));
            if (refusal != null) {
                release(family, refusal);
                throw refusal;
            }
            return new FamilyHome(loop, directory, store, family, new FamilyControl(family));
        } catch (StoreException e) {
            throw failed(directory, e);
        }
    }

    private static void release(Family family, VolumeException refusal) {
        try {
            family.release();
        } catch (StoreException e) {
            refusal.addSuppressed(e);
        }
    }

    /** The volumes of a family that could not be opened, as far as that can be told. */
    static List<String> names(LoopHome loop, Path directory, StoreFactory stores) {
        try (SegmentStore store = stores.openDirectory(directory, loop.loop())) {
            return FamilyLoader.names(store);
        } catch (StoreException e) {
            return List.of();
        }
    }

    private static VolumeException failed(Path directory, StoreException e) {
        return new VolumeException(kind(e), "the volumes in " + directory + " cannot be opened: " + e.getMessage(), e);
    }

    private static VolumeException.Kind kind(StoreException e) {
        return e.kind() == StoreException.Kind.NO_SPACE ? VolumeException.Kind.NO_SPACE : VolumeException.Kind.IO_ERROR;
    }

    /** Makes everything durable and closes the family. */
    void close() {
        store.prepareToClose();
        loop.call(done -> family.stop(() -> done.complete(family)));
        family.release();
        store.close();
    }

    /**
     * Closes a family that is about to be deleted whole, and brings nothing to the disk any more: so it can go from the
     * fullest of disks.
     */
    void discard() {
        store.discard();
        loop.call(done -> {
            control.close();
            family.discard();
            done.complete(family);
        });
        close();
    }

    /**
     * Runs a control operation on the loop and waits until it is durable. One at a time, since each is checked against what
     * those before it have done.
     */
    void control(Function<FamilyControl, CompletableFuture<Void>> operation) {
        synchronized (control) {
            CompletableFuture<Void> durable = loop.call(done -> done.complete(operation.apply(control)));
            LoopHome.await(durable);
        }
    }

    /** Asks something on the loop. */
    <T> T ask(Function<FamilyControl, T> question) {
        return loop.call(done -> done.complete(question.apply(control)));
    }
}
