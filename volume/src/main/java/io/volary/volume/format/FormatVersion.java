package io.volary.volume.format;

/** The version of everything that is written; what is read says which version it is of. */
public final class FormatVersion {
    public static final int CURRENT = 1;

    private FormatVersion() {}
}
