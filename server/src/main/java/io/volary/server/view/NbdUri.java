package io.volary.server.view;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Addresses of exports, as the NetworkBlockDevice project's {@code doc/uri.md} writes them. */
public final class NbdUri {
    private NbdUri() {}

    /** The export's address at a unix socket, whatever is in the socket's path. */
    public static String unix(Path socket, String export) {
        var path = URLEncoder.encode(socket.toString(), StandardCharsets.UTF_8)
                .replace("+", "%20")
                .replace("%2F", "/");
        return "nbd+unix:///" + export + "?socket=" + path;
    }

    /** The export's address at a host and port, which are written as in any URI. */
    public static String tcp(String hostAndPort, boolean tls, String export) {
        return (tls ? "nbds" : "nbd") + "://" + hostAndPort + "/" + export;
    }
}
