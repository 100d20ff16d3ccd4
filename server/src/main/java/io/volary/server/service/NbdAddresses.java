package io.volary.server.service;

import io.volary.server.config.Configuration.Address;
import io.volary.server.view.NbdUri;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where the daemon speaks NBD.
 *
 * @param socket always
 * @param network null for nowhere else
 * @param tls whether {@code network} wants it
 */
public record NbdAddresses(Path socket, @Nullable Address network, boolean tls) {
    /** An export's addresses. */
    public List<String> of(String export) {
        var unix = NbdUri.unix(socket, export);
        return network == null ? List.of(unix) : List.of(unix, NbdUri.tcp(network.toString(), tls, export));
    }

    /** For people. */
    @Override
    public String toString() {
        return network == null ? socket.toString() : socket + " and " + network;
    }
}
