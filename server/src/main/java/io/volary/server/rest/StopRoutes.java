package io.volary.server.rest;

import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.volary.server.view.StopView;
import java.util.function.Function;

/** {@code /v1/stop}. */
public final class StopRoutes implements HttpService {
    private final Function<Boolean, StopView> stop;

    /** @param stop asks the daemon to end, soon after the call; given true, it leaves the mount to the next daemon */
    public StopRoutes(Function<Boolean, StopView> stop) {
        this.stop = stop;
    }

    @Override
    public void routing(HttpRules rules) {
        rules.post("/stop", this::stop);
    }

    private void stop(ServerRequest request, ServerResponse response) {
        boolean restart = request.query().first("restart").asBoolean().orElse(false);
        Bodies.send(response, stop.apply(restart));
    }
}
