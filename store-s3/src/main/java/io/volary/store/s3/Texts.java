package io.volary.store.s3;

import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A section of the configuration, as texts. */
record Texts(Map<String, String> settings) {
    @Nullable
    String text(String key) {
        return settings.get(key);
    }

    String required(String key, Pattern pattern, String allowed) {
        if (settings.get(key) == null) {
            throw new IllegalArgumentException("store." + key + " is missing; it has to be " + allowed);
        }
        return matching(key, pattern, allowed, "");
    }

    String matching(String key, Pattern pattern, String allowed, String otherwise) {
        String text = settings.get(key);
        if (text == null) {
            return otherwise;
        }
        if (!pattern.matcher(text).matches()) {
            throw bad(key, allowed);
        }
        return text;
    }

    boolean flag(String key, boolean otherwise) {
        return switch (settings.get(key)) {
            case null -> otherwise;
            case "true" -> true;
            case "false" -> false;
            default -> throw bad(key, "true or false");
        };
    }

    long number(String key, long min, long max, long otherwise) {
        String text = settings.get(key);
        if (text == null) {
            return otherwise;
        }
        String allowed = "a whole number from " + min + " to " + max;
        try {
            long number = Long.parseLong(text);
            if (number < min || number > max) {
                throw bad(key, allowed);
            }
            return number;
        } catch (NumberFormatException _) {
            throw bad(key, allowed);
        }
    }

    IllegalArgumentException bad(String key, String allowed) {
        return new IllegalArgumentException(
                "store." + key + " is \"" + settings.get(key) + "\", but has to be " + allowed);
    }
}
