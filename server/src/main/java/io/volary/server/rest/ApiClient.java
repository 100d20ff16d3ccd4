package io.volary.server.rest;

import io.helidon.http.HeaderNames;
import io.helidon.http.Method;
import io.helidon.http.Status;
import io.helidon.webclient.api.HttpClientResponse;
import io.helidon.webclient.api.WebClient;
import io.volary.server.view.ErrorView;
import io.volary.server.view.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.AccessMode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/** Speaks to a daemon over its unix socket. Calls block until the daemon has answered, however long it takes. */
public final class ApiClient {
    private static final Duration PATIENCE = Duration.ofHours(24);

    private final Path socket;
    private final WebClient client;

    private ApiClient(Path socket) {
        this.socket = socket;
        client = WebClient.builder()
                .baseUri("http://localhost/v1")
                .baseAddress(UnixDomainSocketAddress.of(socket))
                .readTimeout(PATIENCE)
                .shareConnectionCache(false)
                .build();
    }

    /** The client for the daemon that listens at {@code socket}, or null if none does. */
    public static @Nullable ApiClient connect(Path socket) {
        try (var channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            return new ApiClient(socket);
        } catch (IOException e) {
            requirePermission(socket);
            return null;
        }
    }

    /** A daemon that may not be asked is not one that is not there. Asked in one call: a daemon that starts replaces the socket. */
    private static void requirePermission(Path socket) {
        try {
            socket.getFileSystem().provider().checkAccess(socket, AccessMode.WRITE);
        } catch (AccessDeniedException e) {
            throw new ApiException(
                    "FORBIDDEN",
                    "the daemon's socket " + socket + " may not be used by this user: be its owner, or let the daemon's"
                            + " vpool.json give it another owner, group or mode under 'sockets'");
        } catch (IOException e) {
            // It is not there.
        }
    }

    /** Asks for JSON. @throws ApiException if the daemon refuses or goes away */
    public String get(String path) {
        return exchange(Method.GET, path, Map.of(), null);
    }

    /** Asks for JSON, and reads it. @throws ApiException if the daemon refuses or goes away */
    public <T> T get(String path, Class<T> type) {
        return Json.MAPPER.readValue(get(path), type);
    }

    /** Asks for a change, and returns the JSON of the answer. @throws ApiException if the daemon refuses or goes away */
    public String post(String path, @Nullable Object body) {
        return post(path, Map.of(), body);
    }

    /** As the other one, with parameters. */
    public String post(String path, Map<String, String> query, @Nullable Object body) {
        return exchange(Method.POST, path, query, body);
    }

    /** Asks for a removal. @throws ApiException if the daemon refuses or goes away */
    public void delete(String path, Map<String, String> query) {
        exchange(Method.DELETE, path, query, null);
    }

    /** Sends the request that begins an import, whose response stays open; the caller closes it. */
    HttpClientResponse open(String path, Object body) {
        try {
            var response = send(Method.POST, path, Map.of(), body);
            if (response.status().family() != Status.Family.SUCCESSFUL) {
                throw refusal(response);
            }
            return response;
        } catch (UncheckedIOException | IllegalStateException e) {
            throw gone(e);
        }
    }

    private String exchange(Method method, String path, Map<String, String> query, @Nullable Object body) {
        try (var response = send(method, path, query, body)) {
            if (response.status().family() != Status.Family.SUCCESSFUL) {
                throw refusal(response);
            }
            return response.entity().hasEntity() ? response.as(String.class) : "";
        } catch (UncheckedIOException | IllegalStateException e) {
            throw gone(e);
        }
    }

    private HttpClientResponse send(Method method, String path, Map<String, String> query, @Nullable Object body) {
        var request = client.method(method).path(path);
        query.forEach(request::queryParam);
        if (body == null) {
            return request.request();
        }
        request.header(HeaderNames.CONTENT_TYPE, "application/json");
        return request.submit(Json.MAPPER.writeValueAsString(body));
    }

    private static ApiException refusal(HttpClientResponse response) {
        var text = response.entity().hasEntity() ? response.as(String.class) : "";
        try {
            var error = Json.MAPPER.readValue(text, ErrorView.class);
            return new ApiException(error.error(), error.message());
        } catch (JacksonException e) {
            return new ApiException("HTTP", "the daemon answered " + response.status() + ": " + text);
        }
    }

    private ApiException gone(RuntimeException e) {
        return new ApiException("GONE", "the daemon at " + socket + " has gone away: " + e.getMessage());
    }
}
