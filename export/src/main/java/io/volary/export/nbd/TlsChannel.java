package io.volary.export.nbd;

import io.volary.linux.Socket;
import java.io.IOException;

/** The cryptography of one connection, between a socket to the client and a plain one. One thread decrypts, one encrypts. */
interface TlsChannel {
    /**
     * Shakes hands. A client that is refused has been told why.
     *
     * @throws NegotiationException the client is refused
     */
    void handshake(NegotiationStream stream) throws NegotiationException, IOException;

    /** Moves data from {@code outer} to {@code inner} until the client ends it. */
    void decrypt(Socket outer, Socket inner) throws IOException;

    /** Moves data from {@code inner} to {@code outer} until the server ends it. */
    void encrypt(Socket inner, Socket outer) throws IOException;
}
