package io.volary.server.rest;

import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.volary.server.view.StatusView;
import io.volary.server.view.StopView;
import java.util.function.Supplier;

/** {@code /v1/status} and {@code /v1/stop}. */
public final class DaemonRoutes implements HttpService {
    private final Supplier<StatusView> status;
    private final Supplier<StopView> stop;

    /** @param stop asks the daemon to end, soon after the call */
    public DaemonRoutes(Supplier<StatusView> status, Supplier<StopView> stop) {
        this.status = status;
        this.stop = stop;
    }

    @Override
    public void routing(HttpRules rules) {
        rules.get("/status", (_, response) -> Bodies.send(response, status.get()))
                .post("/stop", (_, response) -> Bodies.send(response, stop.get()));
    }
}
