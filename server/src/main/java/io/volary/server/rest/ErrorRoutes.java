package io.volary.server.rest;

import io.helidon.http.HttpException;
import io.helidon.http.Status;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.volary.server.view.ErrorView;
import io.volary.volume.VolumeException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What failures of handlers look like to clients: an {@link ErrorView} and a status. */
final class ErrorRoutes {
    private static final Logger LOG = LoggerFactory.getLogger(ErrorRoutes.class);

    private ErrorRoutes() {}

    static void register(HttpRouting.Builder routing) {
        routing.error(VolumeException.class, ErrorRoutes::refuse);
        routing.error(IllegalArgumentException.class, ErrorRoutes::refuse);
        routing.error(HttpException.class, ErrorRoutes::refuse);
        routing.error(RuntimeException.class, ErrorRoutes::fail);
    }

    private static void refuse(ServerRequest request, ServerResponse response, VolumeException e) {
        send(response, status(e.kind()), e.kind().name(), String.valueOf(e.getMessage()));
    }

    private static void refuse(ServerRequest request, ServerResponse response, IllegalArgumentException e) {
        send(response, Status.BAD_REQUEST_400, "INVALID", String.valueOf(e.getMessage()));
    }

    /** What the library refuses: a path that nothing is at, a body that is too long. */
    private static void refuse(ServerRequest request, ServerResponse response, HttpException e) {
        var what = request.prologue().method() + " " + request.path().path();
        send(response, e.status(), "HTTP", what + " is refused: " + e.status().reasonPhrase());
    }

    private static void fail(ServerRequest request, ServerResponse response, RuntimeException e) {
        LOG.error("{} {} failed", request.prologue().method(), request.path().path(), e);
        var message = "the daemon failed with " + e + "; its log says more";
        send(response, Status.INTERNAL_SERVER_ERROR_500, "INTERNAL", message);
    }

    static void send(ServerResponse response, Status status, String kind, String message) {
        Bodies.send(response.status(status), new ErrorView(kind, message));
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
}
