package io.volary.volume.format;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** The integers of the formats: little-endian, at their natural alignment. */
public final class Layouts {
    public static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN);
    public static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN);

    private Layouts() {}
}
