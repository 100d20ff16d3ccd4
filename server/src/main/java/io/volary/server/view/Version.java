package io.volary.server.view;

/** The version of this program, from its jar's manifest. */
public final class Version {
    private Version() {}

    public static String current() {
        var version = Version.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }
}
