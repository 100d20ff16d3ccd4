package io.volary.server.rest;

import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.volary.server.view.StopView;
import java.util.function.Supplier;

/** {@code /v1/stop}. */
public final class StopRoutes implements HttpService {
    private final Supplier<StopView> stop;

    /** @param stop asks the daemon to end, soon after the call */
    public StopRoutes(Supplier<StopView> stop) {
        this.stop = stop;
    }

    @Override
    public void routing(HttpRules rules) {
        rules.post("/stop", (_, response) -> Bodies.send(response, stop.get()));
    }
}
