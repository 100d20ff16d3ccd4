package io.volary.server.rest;

import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.volary.server.view.StatusView;
import java.util.function.Supplier;

/** {@code /v1/status}. */
public final class StatusRoutes implements HttpService {
    private final Supplier<StatusView> status;

    public StatusRoutes(Supplier<StatusView> status) {
        this.status = status;
    }

    @Override
    public void routing(HttpRules rules) {
        rules.get("/status", (_, response) -> Bodies.send(response, status.get()));
    }
}
