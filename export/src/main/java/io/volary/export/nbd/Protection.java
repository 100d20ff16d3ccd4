package io.volary.export.nbd;

import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** What an address needs before anybody may connect to it. */
public final class Protection {
    private Protection() {}

    /**
     * Lets a loopback address pass as it is; any other needs TLS, and clients that prove who they are.
     *
     * @param tls the credentials with which {@code address} is going to be served; null for none
     * @throws IllegalArgumentException if that is not enough, or there is no such host; the message says what to do
     */
    public static void require(InetSocketAddress address, @Nullable TlsSettings tls) {
        if (address.isUnresolved()) {
            throw new IllegalArgumentException("there is no host " + address.getHostString());
        }
        if (address.getAddress().isLoopbackAddress()) {
            return;
        }
        if (tls == null) {
            throw new IllegalArgumentException(
                    address.getHostString() + " can be reached from other machines and needs TLS:"
                            + " set nbd.tls.certificate, nbd.tls.key and nbd.tls.clientCa, or nbd.tls.psk,"
                            + " or listen on a loopback address");
        }
        if (!tls.knowsClients()) {
            throw new IllegalArgumentException(address.getHostString() + " can be reached from other machines and must"
                    + " know its clients: set nbd.tls.clientCa to the authority of their certificates");
        }
    }
}
