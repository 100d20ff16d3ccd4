package io.volary.export.nbd;

import java.io.IOException;
import java.util.function.Supplier;

/** Encrypts connections with one set of credentials, by TLS 1.2 or 1.3. */
final class TlsUpgrade {
    private final Supplier<TlsChannel> channels;

    /** @throws IllegalArgumentException if the files cannot be used; the message says which and why */
    TlsUpgrade(TlsSettings settings) {
        channels = switch (settings) {
            case TlsSettings.Certificates certificates -> withCertificates(new CertificateContext(certificates));
            case TlsSettings.SharedKeys keys -> withKeys(new PskFile(keys.file()));
        };
    }

    private static Supplier<TlsChannel> withCertificates(CertificateContext context) {
        return () -> new EngineChannel(context.engine());
    }

    private static Supplier<TlsChannel> withKeys(PskFile keys) {
        return () -> new PskChannel(new PskServer(keys));
    }

    /** Shakes hands with the client and returns the plain side of the tunnel; the given stream's socket is the tunnel's. */
    NegotiationStream encrypt(NegotiationStream stream) throws NegotiationException, IOException {
        return new TlsTunnel(stream, channels.get()).open();
    }
}
