package io.volary.server.rest;

import io.helidon.webclient.api.HttpClientResponse;
import io.volary.server.view.ImportView;
import io.volary.server.view.Json;
import io.volary.server.view.Requests;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** An import as its importer sees it. Closed before it is published, or dead with its process, it is given up. */
public final class ImportSession implements AutoCloseable {
    private final ApiClient client;
    private final HttpClientResponse heartbeats;
    private final ImportView view;
    private boolean published;

    private ImportSession(ApiClient client, HttpClientResponse heartbeats, ImportView view) {
        this.client = client;
        this.heartbeats = heartbeats;
        this.view = view;
    }

    /** Makes the hidden volume. @throws ApiException if the daemon refuses */
    public static ImportSession begin(ApiClient client, String volume, long bytes) throws IOException {
        var heartbeats = client.open("/imports", new Requests.Import(volume, bytes));
        var reader = new BufferedReader(new InputStreamReader(heartbeats.inputStream(), StandardCharsets.UTF_8));
        var line = reader.readLine();
        if (line == null) {
            throw new IOException("the daemon has gone away");
        }
        // Nobody reads the heartbeats: once the socket's buffer is full the daemon's write waits, and still fails when
        // this end closes.
        return new ImportSession(client, heartbeats, Json.MAPPER.readValue(line, ImportView.class));
    }

    /** The NBD export to write the data to. */
    public String export() {
        return view.export();
    }

    /** Puts the volume, whose data has been flushed, into the list with its final size in bytes. */
    public void publish(long bytes) {
        client.post("/imports/" + view.export() + "/publish", new Requests.Publish(bytes));
        published = true;
    }

    @Override
    public void close() {
        try {
            if (!published) {
                client.delete("/imports/" + view.export(), Map.of());
            }
        } catch (ApiException e) {
            // The daemon has gone: it removes the import when it starts again.
        } finally {
            heartbeats.close();
        }
    }
}
