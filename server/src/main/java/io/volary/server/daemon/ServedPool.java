package io.volary.server.daemon;

import io.volary.linux.NotifySocket;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The foreground daemon: it lives until it is asked to stop, by REST or by a signal. */
public final class ServedPool {
    private ServedPool() {}

    /**
     * Serves the vPool, prints {@code ready}, and returns when it has stopped.
     *
     * @param mountPoint where to mount it; null: where its configuration says
     */
    public static void run(PoolDirectory directory, @Nullable Path mountPoint) {
        var daemon = new Daemon(directory, mountPoint);
        // A signal runs the hooks; everything is durable before the process may end, and a stop is a success.
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stopAndHalt(daemon), "stop"));
        var vhost = daemon.vhostSocketDirectory();
        System.out.println("ready: REST " + directory.apiSocket() + ", NBD " + daemon.nbdAddresses()
                + (vhost == null ? "" : ", vhost-user-blk in " + vhost)
                + (daemon.mountPoint() == null ? "" : ", mounted on " + daemon.mountPoint())
                + daemon.networkDescription());
        NotifySocket.send("READY=1");
        awaitStop(daemon);
        NotifySocket.send("STOPPING=1");
        daemon.close();
    }

    private static void awaitStop(Daemon daemon) {
        try {
            daemon.awaitStop();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void stopAndHalt(Daemon daemon) {
        if (NotifySocket.send("STOPPING=1")) {
            daemon.closeForRestart(); // a service manager that restarts it sends no other signal than one that stops it
        } else {
            daemon.close();
        }
        Runtime.getRuntime().halt(0);
    }
}
