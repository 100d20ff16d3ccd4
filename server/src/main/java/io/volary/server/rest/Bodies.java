package io.volary.server.rest;

import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.volary.server.view.Json;
import java.nio.charset.StandardCharsets;
import tools.jackson.core.JacksonException;

/** JSON in the bodies of requests and responses. */
final class Bodies {
    private Bodies() {}

    /** @throws IllegalArgumentException if the body is not a {@code type} */
    static <T> T read(ServerRequest request, Class<T> type) {
        return parse(request.content().as(byte[].class), type);
    }

    /** @throws IllegalArgumentException if the text is not a {@code type} */
    static <T> T parse(byte[] text, Class<T> type) {
        try {
            return Json.MAPPER.readValue(text, type);
        } catch (JacksonException e) {
            throw new IllegalArgumentException(
                    "the request's body is not as it should be: " + e.getOriginalMessage(), e);
        }
    }

    static void send(ServerResponse response, Object body) {
        response.header(HeaderNames.CONTENT_TYPE, "application/json");
        response.send(text(body));
    }

    static byte[] text(Object body) {
        var json = Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(body) + "\n";
        return json.getBytes(StandardCharsets.UTF_8);
    }
}
