package io.volary.export.nbd;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The credentials for TLS, all as PEM files.
 *
 * @param certificate the server's, followed by those that lead to its authority
 * @param key its private key, PKCS#8, not encrypted
 * @param clientCa the authorities whose clients are let in; null lets in any client
 */
public record TlsSettings(
        Path certificate, Path key, @Nullable Path clientCa) {}
