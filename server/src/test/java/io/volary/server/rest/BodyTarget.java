package io.volary.server.rest;

import io.volary.fuzz.FuzzTarget;
import io.volary.fuzz.Parses;
import io.volary.server.view.Json;
import io.volary.server.view.Requests;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The body of a request to the REST interface, as each kind of request: one of that kind, or refused. */
@Parses(value = Bodies.class, guides = Requests.class)
public final class BodyTarget implements FuzzTarget {
    private static final List<Class<?>> KINDS = List.of(
            Requests.Create.class,
            Requests.Image.class,
            Requests.Resize.class,
            Requests.Snapshot.class,
            Requests.Clone.class,
            Requests.Share.class,
            Requests.Publish.class);

    @Override
    public List<byte[]> seeds() {
        return List.of(
                bytes("{\"name\": \"disk\", \"size\": 1073741824}"),
                bytes("{\"size\": 512, \"shrink\": true}"),
                bytes("{\"name\": \"monday\"}"),
                bytes("{\"name\": \"copy\", \"snapshot\": null}"),
                bytes("{\"shared\": false}"),
                bytes("{\"size\": 1e3}"));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void run(byte[] input) {
        KINDS.forEach(kind -> check(input, kind));
    }

    private static <T> void check(byte[] input, Class<T> kind) {
        T body;
        try {
            body = Bodies.parse(input, kind);
        } catch (IllegalArgumentException refused) {
            return;
        }
        if (body != null && !body.equals(Json.MAPPER.readValue(Bodies.text(body), kind))) {
            throw new AssertionError(body + " is not the same when it is read again");
        }
    }
}
