package io.volary.server.rest;

import io.helidon.common.tls.Tls;
import io.helidon.common.tls.TlsClientAuth;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.WebServerConfig;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.HttpService;
import io.volary.export.nbd.CertificateContext;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** REST, on a unix socket or a TCP address. Handlers run on virtual threads and may block. */
public final class ApiServer implements AutoCloseable {
    private static final int MAX_BODY_BYTES = 64 << 10;

    /** Of each listener on the network: who comes as one more is closed at once. */
    private static final int MAX_CONNECTIONS = 256;

    private final WebServer server;

    private ApiServer(WebServer server) {
        this.server = server;
    }

    /**
     * Starts to listen at {@code socket}, which must not be there yet.
     *
     * @throws IllegalStateException if it does not listen afterwards
     */
    public static ApiServer start(Path socket, List<HttpService> services) {
        var builder = WebServer.builder().bindAddress(UnixDomainSocketAddress.of(socket));
        var server = start(builder.routing(routing -> route(routing, services)));
        if (!server.isRunning() || !socket.toFile().exists()) {
            server.stop();
            throw new IllegalStateException("the REST server does not listen at " + socket);
        }
        return new ApiServer(server);
    }

    /**
     * Starts to listen at a TCP address, whose {@linkplain io.volary.export.nbd.Protection protection} the caller has seen to.
     *
     * @param tls null for plain text
     * @throws IllegalStateException if it does not listen afterwards, as when the address is taken
     */
    public static ApiServer start(
            InetSocketAddress address, @Nullable CertificateContext tls, List<HttpService> services) {
        var guard = new BrowserGuard();
        var builder = WebServer.builder()
                .address(address.getAddress())
                .port(address.getPort())
                .maxTcpConnections(MAX_CONNECTIONS)
                .routing(routing -> route(routing.addFilter(guard), services));
        if (tls != null) {
            builder.tls(tls(tls));
        }
        var server = start(builder);
        if (!server.isRunning()) {
            throw new IllegalStateException("the REST server does not listen at " + address + ": is it in use?");
        }
        return new ApiServer(server);
    }

    private static WebServer start(WebServerConfig.Builder builder) {
        return builder.maxPayloadSize(MAX_BODY_BYTES)
                .shutdownHook(false)
                .featuresDiscoverServices(false)
                .build()
                .start();
    }

    private static Tls tls(CertificateContext context) {
        return Tls.builder()
                .sslContext(context.context())
                .enabledProtocols(CertificateContext.PROTOCOLS)
                .clientAuth(context.verifiesClients() ? TlsClientAuth.REQUIRED : TlsClientAuth.NONE)
                .build();
    }

    private static void route(HttpRouting.Builder routing, List<HttpService> services) {
        services.forEach(service -> routing.register("/v1", service));
        ErrorRoutes.register(routing);
    }

    @Override
    public void close() {
        server.stop();
    }
}
