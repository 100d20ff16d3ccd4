package io.volary.server.view;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** {@code V} or {@code V@S}, as it is written on command lines and in export names. */
public record VolumeReference(String volume, @Nullable String snapshot) {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

    /** Reads what people write. @throws IllegalArgumentException with a message for people, if {@code text} is not one */
    public static VolumeReference parse(String text) {
        int at = text.indexOf('@');
        if (at < 0) {
            return new VolumeReference(checkName("volume", text), null);
        }
        return new VolumeReference(
                checkName("volume", text.substring(0, at)), checkName("snapshot", text.substring(at + 1)));
    }

    /** Whether a volume can have this name. */
    public static boolean isName(String text) {
        return NAME.matcher(text).matches();
    }

    private static String checkName(String what, String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("'" + name + "' cannot be the name of a " + what
                    + ": letters, digits, '.', '_' and '-', beginning with a letter or digit, at most 64 of them");
        }
        return name;
    }

    @Override
    public String toString() {
        return snapshot == null ? volume : volume + "@" + snapshot;
    }
}
