package io.volary.server.rest;

import io.helidon.http.Status;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.volary.server.view.ErrorView;
import io.volary.volume.VolumeException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** REST on a unix socket. Handlers run on virtual threads and may block. Errors are {@link ErrorView}s. */
public final class ApiServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ApiServer.class);
    private static final int MAX_BODY_BYTES = 64 << 10;

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
        var server = WebServer.builder()
                .bindAddress(UnixDomainSocketAddress.of(socket))
                .maxPayloadSize(MAX_BODY_BYTES)
                .shutdownHook(false)
                .featuresDiscoverServices(false)
                .routing(routing -> route(routing, services))
                .build()
                .start();
        if (!server.isRunning() || !socket.toFile().exists()) {
            throw new IllegalStateException("the REST server does not listen at " + socket);
        }
        return new ApiServer(server);
    }

    private static void route(HttpRouting.Builder routing, List<HttpService> services) {
        services.forEach(service -> routing.register("/v1", service));
        routing.error(VolumeException.class, ApiServer::refuse);
        routing.error(IllegalArgumentException.class, ApiServer::refuse);
        routing.error(RuntimeException.class, ApiServer::fail);
    }

    private static void refuse(ServerRequest request, ServerResponse response, VolumeException e) {
        Bodies.send(response.status(status(e.kind())), new ErrorView(e.kind().name(), String.valueOf(e.getMessage())));
    }

    private static void refuse(ServerRequest request, ServerResponse response, IllegalArgumentException e) {
        Bodies.send(response.status(Status.BAD_REQUEST_400), new ErrorView("INVALID", String.valueOf(e.getMessage())));
    }

    private static void fail(ServerRequest request, ServerResponse response, RuntimeException e) {
        LOG.error("{} {} failed", request.prologue().method(), request.path().path(), e);
        Bodies.send(
                response.status(Status.INTERNAL_SERVER_ERROR_500),
                new ErrorView("INTERNAL", "the daemon failed with " + e + "; its log says more"));
    }

    private static Status status(VolumeException.Kind kind) {
        return switch (kind) {
            case NOT_FOUND -> Status.NOT_FOUND_404;
            case INVALID -> Status.BAD_REQUEST_400;
            case EXISTS, BUSY, FENCED -> Status.CONFLICT_409;
            case NO_SPACE -> Status.create(507, "Insufficient Storage");
            case CORRUPT, IO_ERROR, NEWER_FORMAT -> Status.INTERNAL_SERVER_ERROR_500;
        };
    }

    @Override
    public void close() {
        server.stop();
    }
}
