package io.volary.volume.image;

import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/**
 * What an image is called, as in {@code orangefs:/images/disk.raw}.
 *
 * @param type the {@link ImageStoreProvider}'s
 * @param path absolute: up to {@link #MAX_PATH_BYTES} bytes of UTF-8, whose parts have up to {@link #MAX_NAME_BYTES} and are neither {@code .}
 *     nor {@code ..}; without control characters
 */
public record ImageLocation(String type, String path) {
    public static final int MAX_PATH_BYTES = 1024;
    public static final int MAX_NAME_BYTES = 255;

    private static final Pattern TYPE = Pattern.compile("[a-z][a-z0-9]{0,31}");
    private static final Pattern CONTROL = Pattern.compile("[\\p{Cntrl}\\u0080-\\u009f\\u2028\\u2029]");

    /** @throws IllegalArgumentException if it is none */
    public ImageLocation {
        if (!TYPE.matcher(type).matches() || !isPath(path)) {
            throw new IllegalArgumentException("'"
                    + CONTROL.matcher(type + ":" + path).replaceAll("?")
                    + "' is no place of an image: orangefs:/PATH is one, where the path has up to " + MAX_PATH_BYTES
                    + " bytes, its parts up to " + MAX_NAME_BYTES + ", and none of them is . or ..");
        }
    }

    /** Reads what {@link #toString} writes. @throws IllegalArgumentException if it is none */
    public static ImageLocation parse(String text) {
        int colon = text.indexOf(':');
        return new ImageLocation(text.substring(0, Math.max(0, colon)), text.substring(colon + 1));
    }

    private static boolean isPath(String path) {
        if (!path.startsWith("/")
                || bytes(path) > MAX_PATH_BYTES
                || CONTROL.matcher(path).find()) {
            return false;
        }
        for (String name : path.substring(1).split("/", -1)) {
            if (name.isEmpty() || name.equals(".") || name.equals("..") || bytes(name) > MAX_NAME_BYTES) {
                return false;
            }
        }
        return true;
    }

    private static int bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    @Override
    public String toString() {
        return type + ":" + path;
    }
}
