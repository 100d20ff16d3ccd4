package io.volary.volume.remote;

import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A time in the life of a clone family during which one server at most may own it. Each is claimed once, and the next owner's is higher.
 *
 * @param family its UUID, as text
 */
record FamilyEpoch(String family, int epoch) {
    static final int MAX_EPOCH = 0xffffff;
    private static final int FAMILY_LENGTH = 36;
    private static final Pattern NAME = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}[/.]00[0-9a-f]{6}");

    FamilyEpoch {
        if (epoch < 1 || epoch > MAX_EPOCH) {
            throw new IllegalArgumentException("epoch " + epoch + " of family " + family);
        }
    }

    /** Reads {@code <family>/<epoch>} or {@code <family>.<epoch>}; what is something else is none of ours. */
    static Optional<FamilyEpoch> parse(String name) {
        if (!NAME.matcher(name).matches()) {
            return Optional.empty();
        }
        int epoch = HexFormat.fromHexDigits(name, FAMILY_LENGTH + 1, name.length());
        return epoch == 0 ? Optional.empty() : Optional.of(new FamilyEpoch(name.substring(0, FAMILY_LENGTH), epoch));
    }

    /** @param separator between the two */
    String name(char separator) {
        return family + separator + String.format(Locale.ROOT, "%08x", epoch);
    }

    @Override
    public String toString() {
        return "epoch " + epoch + " of family " + family;
    }
}
