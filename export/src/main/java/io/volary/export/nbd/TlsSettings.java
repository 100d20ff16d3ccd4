package io.volary.export.nbd;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The credentials for TLS. */
public sealed interface TlsSettings {
    /** Whether a client has to prove who it is. */
    boolean knowsClients();

    /**
     * Certificates, all as PEM files.
     *
     * @param certificate the server's, followed by those that lead to its authority
     * @param key its private key, PKCS#8, not encrypted
     * @param clientCa the authorities whose clients are let in; null lets in any client
     */
    record Certificates(
            Path certificate, Path key, @Nullable Path clientCa) implements TlsSettings {
        @Override
        public boolean knowsClients() {
            return clientCa != null;
        }
    }

    /**
     * Keys that server and client share, and no certificates.
     *
     * @param file lines of {@code user:key}, as {@code psktool} writes them
     */
    record SharedKeys(Path file) implements TlsSettings {
        @Override
        public boolean knowsClients() {
            return true;
        }
    }
}
