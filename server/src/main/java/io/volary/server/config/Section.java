package io.volary.server.config;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * One object of a configuration file, read key by key. Asking for a key makes it a known one; {@link #end()} refuses the
 * others. By hand rather than by data binding, so that a message names key, value and what is allowed.
 */
final class Section {
    private final String file;
    private final String path;
    private final ObjectNode node;
    private final List<String> known = new ArrayList<>();

    private Section(String file, String path, ObjectNode node) {
        this.file = file;
        this.path = path;
        this.node = node;
    }

    static Section root(String file, JsonNode node) {
        if (!(node instanceof ObjectNode object)) {
            throw new ConfigurationException(file + ": has to be one JSON object, {...}");
        }
        return new Section(file, "", object);
    }

    /** The section of that name; empty if the file has none. */
    Section section(String key) {
        var value = value(key);
        if (value == null) {
            return new Section(file, name(key), node.objectNode());
        }
        if (!(value instanceof ObjectNode object)) {
            throw bad(key, "an object, {...}");
        }
        return new Section(file, name(key), object);
    }

    boolean flag(String key, boolean otherwise) {
        var value = value(key);
        if (value == null) {
            return otherwise;
        }
        if (!value.isBoolean()) {
            throw bad(key, "true or false");
        }
        return value.booleanValue();
    }

    @Nullable
    String text(String key, String allowed, Pattern pattern) {
        var value = value(key);
        if (value == null) {
            return null;
        }
        if (!value.isString() || !pattern.matcher(value.stringValue()).matches()) {
            throw bad(key, allowed);
        }
        return value.stringValue();
    }

    /** A text, a number or a truth value, as a text. */
    @Nullable
    String word(String key) {
        var value = value(key);
        if (value == null) {
            return null;
        }
        if (!value.isString() && !value.isNumber() && !value.isBoolean()) {
            throw bad(key, "a text, a number, true or false");
        }
        return value.asString();
    }

    /** Those of the keys that are there, with what {@link #word} has of them; the caller's to change. */
    Map<String, String> words(Collection<String> keys) {
        var words = new HashMap<String, String>();
        for (String key : keys) {
            String word = word(key);
            if (word != null) {
                words.put(key, word);
            }
        }
        return words;
    }

    String choice(String key, Collection<String> choices, String otherwise) {
        var value = value(key);
        if (value == null) {
            return otherwise;
        }
        if (!value.isString() || !choices.contains(value.stringValue())) {
            throw bad(key, "one of " + String.join(", ", choices));
        }
        return value.stringValue();
    }

    int number(String key, int min, int max, int multiple, int otherwise) {
        var value = value(key);
        if (value == null) {
            return otherwise;
        }
        var allowed = "a whole number from " + min + " to " + max + (multiple > 1 ? ", a multiple of " + multiple : "");
        if (!value.isInt() || value.intValue() < min || value.intValue() > max || value.intValue() % multiple != 0) {
            throw bad(key, allowed);
        }
        return value.intValue();
    }

    ConfigurationException bad(String key, String allowed) {
        return new ConfigurationException(
                file + ": " + name(key) + " is " + node.get(key) + ", but has to be " + allowed);
    }

    /** Refuses keys that nobody has asked for. */
    void end() {
        for (String key : node.propertyNames()) {
            if (!known.contains(key)) {
                throw new ConfigurationException(file + ": unknown key " + name(key) + " with value " + node.get(key)
                        + "; known here are " + String.join(", ", known));
            }
        }
    }

    private @Nullable JsonNode value(String key) {
        known.add(key);
        var value = node.get(key);
        return value == null || value.isNull() ? null : value;
    }

    private String name(String key) {
        return path.isEmpty() ? key : path + "." + key;
    }
}
