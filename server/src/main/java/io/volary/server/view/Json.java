package io.volary.server.view;

import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** The one way JSON is read and written here: unknown fields and missing numbers are errors, times are ISO-8601. */
public final class Json {
    public static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private Json() {}

    /** What is wrong with a text that is no JSON, without what Jackson adds of where it was read from. */
    public static String fault(JacksonException e) {
        return e.getOriginalMessage().replaceFirst(" \\(start marker.*", "");
    }
}
