package io.volary.server.daemon;

import io.helidon.webserver.http.HttpService;
import io.volary.export.nbd.CertificateContext;
import io.volary.export.nbd.NbdServer;
import io.volary.export.nbd.Protection;
import io.volary.export.nbd.TlsSettings;
import io.volary.server.config.Configuration;
import io.volary.server.config.Configuration.Address;
import io.volary.server.rest.ApiServer;
import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the vPool offers beyond this machine: NBD for data, and for {@code openvstorage+tcp:} clients REST as well, which tells
 * them where NBD is. Both take the same credentials.
 */
final class NetworkInterface {
    private final @Nullable Address rest;
    private final @Nullable Address nbd;
    private final @Nullable TlsSettings tls;

    NetworkInterface(Configuration configuration) {
        rest = configuration.network();
        var listen = configuration.nbd().listen();
        nbd = listen == null && rest != null ? new Address(rest.host(), 0) : listen;
        tls = tls(configuration.nbd().tls());
    }

    private static @Nullable TlsSettings tls(Configuration.Tls tls) {
        if (tls.psk() != null) {
            return new TlsSettings.SharedKeys(tls.psk());
        }
        return tls.certificate() == null || tls.key() == null
                ? null
                : new TlsSettings.Certificates(tls.certificate(), tls.key(), tls.clientCa());
    }

    /**
     * Lets NBD listen, if it is to.
     *
     * @return where it does, with its true port; null if nowhere
     * @throws IllegalArgumentException if the address needs protection that it has not got
     */
    @Nullable
    Address listenForNbd(NbdServer server) {
        if (nbd == null) {
            return null;
        }
        int port = server.listen(new InetSocketAddress(nbd.host(), nbd.port()), tls)
                .getPort();
        return new Address(nbd.host(), port);
    }

    /**
     * Serves REST, if it is to be.
     *
     * @throws DaemonException if it cannot be
     */
    @Nullable
    ApiServer serveRest(List<HttpService> services) {
        if (rest == null) {
            return null;
        }
        try {
            var address = new InetSocketAddress(rest.host(), rest.port());
            Protection.require(address, tls);
            return ApiServer.start(address, certificates(), services);
        } catch (IllegalArgumentException | IllegalStateException e) {
            throw new DaemonException("network_interface.network_uri: " + e.getMessage());
        }
    }

    private @Nullable CertificateContext certificates() {
        return switch (tls) {
            case null -> null;
            case TlsSettings.Certificates certificates -> new CertificateContext(certificates);
            case TlsSettings.SharedKeys _ ->
                throw new IllegalArgumentException("REST has no pre-shared keys:"
                        + " set nbd.tls.certificate, nbd.tls.key and nbd.tls.clientCa instead of nbd.tls.psk");
        };
    }

    /** Where clients from elsewhere connect, for people; empty if they cannot. */
    String description() {
        return rest == null ? "" : ", openvstorage+tcp " + rest;
    }
}
