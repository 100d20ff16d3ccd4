package io.volary.server.rest;

import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.volary.server.service.Imports;
import io.volary.server.service.Imports.Import;
import io.volary.server.view.ImportView;
import io.volary.server.view.Json;
import io.volary.server.view.Requests;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code /v1/imports}. The response to the request that begins an import stays open as long as the import does: first
 * comes one line of JSON, then an empty line now and then. When such a line finds nobody at the other end, the
 * importer has died, and the import is given up.
 */
public final class ImportRoutes implements HttpService {
    private static final Logger LOG = LoggerFactory.getLogger(ImportRoutes.class);
    private static final long HEARTBEAT_MILLIS = 500;

    private final Imports imports;

    public ImportRoutes(Imports imports) {
        this.imports = imports;
    }

    @Override
    public void routing(HttpRules rules) {
        rules.post("/imports", this::begin)
                .delete("/imports/{export}", this::abandon)
                .post("/imports/{export}/publish", this::publish);
    }

    private void begin(ServerRequest request, ServerResponse response) throws IOException {
        var body = Bodies.read(request, Requests.Import.class);
        var started = imports.begin(body.name(), body.size());
        response.header(HeaderNames.CONTENT_TYPE, "application/json");
        try (var output = response.outputStream()) {
            stayWith(started, output);
        } catch (IOException | UncheckedIOException e) {
            LOG.info("import of volume '{}' is given up: its importer has gone", body.name());
        } finally {
            imports.abandon(started.export());
        }
    }

    private static void stayWith(Import started, OutputStream output) throws IOException {
        var view = new ImportView(started.volume().name(), started.export());
        output.write((Json.MAPPER.writeValueAsString(view) + "\n").getBytes(StandardCharsets.UTF_8));
        output.flush();
        try {
            while (!started.awaitEnd(HEARTBEAT_MILLIS)) {
                output.write('\n');
                output.flush();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void abandon(ServerRequest request, ServerResponse response) {
        imports.abandon(export(request));
        response.status(Status.NO_CONTENT_204).send();
    }

    private void publish(ServerRequest request, ServerResponse response) {
        imports.publish(
                export(request), Bodies.read(request, Requests.Publish.class).size());
        response.status(Status.NO_CONTENT_204).send();
    }

    private static String export(ServerRequest request) {
        return request.path().pathParameters().get("export");
    }
}
