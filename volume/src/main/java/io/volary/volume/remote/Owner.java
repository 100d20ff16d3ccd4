package io.volary.volume.remote;

import io.volary.linux.LinuxProcess;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * A server that owns families, as it tells all others.
 *
 * @param server its UUID, as text. It stays over restarts, and whoever uses it has to see to it that there is one process of it at most
 * @param host for messages
 */
public record Owner(String server, LeaseTerm lease, LinuxProcess process, String host) {
    private static final Pattern UUID = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
    private static final Pattern WORD = Pattern.compile("[!-~]{1,200}");

    public Owner {
        server = server.toLowerCase(Locale.ROOT);
        if (!UUID.matcher(server).matches()) {
            throw new IllegalArgumentException("a server's name has to be a UUID, not " + server);
        }
        checkWord(host);
        checkWord(process.boot());
        checkWord(process.namespaces());
    }

    private static void checkWord(String text) {
        if (!WORD.matcher(text).matches()) {
            throw new IllegalArgumentException("use 1 to 200 visible characters of ASCII, not '" + text + "'");
        }
    }

    boolean isServer(Owner other) {
        return server.equals(other.server);
    }

    @Override
    public String toString() {
        return "server " + server + " on host " + host + " (process " + process.id() + ")";
    }
}
