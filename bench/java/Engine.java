import io.volary.linux.EventLoop;
import io.volary.linux.IoEngineKind;
import io.volary.linux.IoEngines;
import io.volary.volume.EngineOptions;
import io.volary.volume.pool.VolumePool;
import io.volary.volume.store.DirectoryStore;
import io.volary.volume.store.SparseStore;
import io.volary.volume.store.StoreFactory;
import java.nio.file.Path;
import java.util.List;

/** A vPool on one loop, without a server. */
final class Engine implements AutoCloseable {
    private static final EngineOptions OPTIONS =
            EngineOptions.forHost(32 << 20, EngineOptions.DEFAULT_UTILISATION_PERCENT, EngineOptions.DEFAULT_SLACK_BYTES, null, 1L << 40, 4L << 30, 64L << 20);

    private final EventLoop loop = new EventLoop("loop", IoEngines.open(IoEngineKind.AUTO), System::nanoTime).start();
    final VolumePool pool;

    private Engine(Path directory, StoreFactory stores) {
        pool = VolumePool.open(directory, OPTIONS, stores, List.of(loop));
    }

    static Engine open(String directory) {
        return new Engine(
                Path.of(directory), (family, loop) -> new DirectoryStore(family, loop.io(), OPTIONS.reserveBytes()));
    }

    /** A vPool that keeps no blocks of zeroes. */
    static Engine sparse(String directory) {
        return new Engine(Path.of(directory), (family, loop) -> new SparseStore(family, loop.io(), loop));
    }

    @Override
    public void close() {
        pool.close();
        loop.close();
    }
}
