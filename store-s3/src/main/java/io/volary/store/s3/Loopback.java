package io.volary.store.s3;

import java.net.InetAddress;

/** What never leaves the machine. */
final class Loopback {
    private Loopback() {}

    /** Whether it is by its name: nobody else's word, such as a name server's, is taken for it. */
    static boolean isHost(String host) {
        if (host.equals("localhost")) {
            return true;
        }
        try {
            return InetAddress.ofLiteral(host).isLoopbackAddress();
        } catch (IllegalArgumentException _) {
            return false; // a name
        }
    }
}
