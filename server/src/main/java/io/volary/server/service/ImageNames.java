package io.volary.server.service;

import io.volary.volume.image.ImageLocation;
import java.util.regex.Pattern;

/** Names for volumes that are made of images: those of the files, as far as a volume can have them. */
final class ImageNames {
    /** Leaves room for a number behind it. */
    private static final int MAX_LENGTH = 48;

    private static final Pattern UNFIT = Pattern.compile("[^A-Za-z0-9._-]");
    private static final Pattern UNFIT_FIRST = Pattern.compile("^[._-]+");

    private ImageNames() {}

    static String of(ImageLocation image) {
        String file = image.path().substring(image.path().lastIndexOf('/') + 1);
        String name = UNFIT_FIRST.matcher(UNFIT.matcher(file).replaceAll("-")).replaceFirst("");
        return name.isEmpty() ? "image" : name.substring(0, Math.min(name.length(), MAX_LENGTH));
    }
}
