package io.volary.server.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What {@code vpool.json} says, with every default filled in.
 *
 * @param sharedMemory whether volumes have vhost-user-blk sockets
 * @param mountPoint where the vPool is mounted; null for nowhere
 * @param restart how long users of the mount wait for another daemon when this one is killed; zero: not at all
 * @param images what stores of images are given, by type; those that are not configured are not there
 * @param network where {@code openvstorage+tcp:} clients connect; null for nowhere
 */
public record Configuration(
        boolean sharedMemory,
        @Nullable Path mountPoint,
        Duration restart,
        @Nullable Address network,
        Vhost vhost,
        Nbd nbd,
        Sockets sockets,
        Engine engine,
        Store store,
        Map<String, Map<String, String>> images) {
    /** The same, mounted at another place. */
    public Configuration mountedOn(Path place) {
        return new Configuration(sharedMemory, place, restart, network, vhost, nbd, sockets, engine, store, images);
    }

    /** {@code hold}: how long a guest's write may wait for space on a full disk before it fails; zero: not at all. */
    public record Vhost(Duration hold) {}

    /** Network access over NBD, beside the unix socket that is always there; {@code listen} null means none. */
    public record Nbd(@Nullable Address listen, Tls tls) {}

    /** PEM files, or a file of pre-shared keys; null where not configured. */
    public record Tls(
            @Nullable Path certificate,
            @Nullable Path key,
            @Nullable Path clientCa,
            @Nullable Path psk) {

        /** Whether there is TLS at all. */
        public boolean configured() {
            return certificate != null || psk != null;
        }
    }

    /** A host name or literal address, and a port; port 0 is any that is free. */
    public record Address(String host, int port) {
        /** As in a URI. */
        @Override
        public String toString() {
            return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
        }
    }

    /** Who may use the unix sockets: {@code mode} holds permission bits; null owner and group are the daemon's own. */
    public record Sockets(@Nullable String owner, @Nullable String group, int mode) {}

    /**
     * How the engine runs.
     *
     * @param loops 0 means one per core
     * @param minUtilisationPercent how much of the disk space that volumes take is needed data at least
     * @param slackBytes what a volume may take beside that while it is written to
     * @param tailDirectory where writes on their way to the disk survive the death of the daemon, or null
     * @param ioEngine {@code auto}, {@code io_uring} or {@code plain}
     */
    public record Engine(
            int loops,
            int segmentBytes,
            int minUtilisationPercent,
            int slackBytes,
            @Nullable Path tailDirectory,
            String ioEngine) {}

    /**
     * Where segments are kept in the end.
     *
     * @param type {@code local}, or that of an {@link io.volary.volume.remote.ObjectStoreProvider}
     * @param settings what that is given
     * @param cacheBytes how much of the local disk may hold what the store has too; 0: half of what is free
     * @param behindBytes how much may be on the local disk only; 0: half of what is free
     * @param uploadSeconds how long what was flushed may wait for more to go with it
     * @param leaseSeconds how long volumes are served without an answer from the store; 0: for ever
     */
    public record Store(
            String type,
            Map<String, String> settings,
            long cacheBytes,
            long behindBytes,
            int uploadSeconds,
            int leaseSeconds) {
        static final Store LOCAL = new Store("local", Map.of(), 0, 0, 0, 0);

        /** Whether all is in the vPool's directory. */
        public boolean isLocal() {
            return equals(LOCAL);
        }
    }
}
