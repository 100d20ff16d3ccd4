package io.volary.export.nbd;

import java.io.IOException;
import java.security.SecureRandom;
import java.util.Vector;
import org.bouncycastle.tls.AlertDescription;
import org.bouncycastle.tls.BasicTlsPSKExternal;
import org.bouncycastle.tls.CipherSuite;
import org.bouncycastle.tls.PRFAlgorithm;
import org.bouncycastle.tls.PSKTlsServer;
import org.bouncycastle.tls.ProtocolVersion;
import org.bouncycastle.tls.PskIdentity;
import org.bouncycastle.tls.TlsCredentials;
import org.bouncycastle.tls.TlsFatalAlert;
import org.bouncycastle.tls.TlsPSKExternal;
import org.bouncycastle.tls.TlsPSKIdentityManager;
import org.bouncycastle.tls.TlsUtils;
import org.bouncycastle.tls.crypto.TlsCrypto;
import org.bouncycastle.tls.crypto.impl.jcajce.JcaTlsCryptoProvider;
import org.jspecify.annotations.Nullable;

/**
 * What one handshake with pre-shared keys may agree on: TLS 1.2 (RFC 4279, RFC 5489) and 1.3, always with a Diffie-Hellman
 * exchange, so that a key that leaks later opens nothing recorded before, and with authenticated encryption. The
 * cryptography itself is the JDK's.
 */
final class PskServer extends PSKTlsServer {
    private static final TlsCrypto CRYPTO = new JcaTlsCryptoProvider().create(new SecureRandom());

    /** An external key of TLS 1.3 goes with one hash, SHA-256 where nothing else is agreed: so those of SHA-384 stay out. */
    private static final int[] SUITES = {
        CipherSuite.TLS_AES_128_GCM_SHA256,
        CipherSuite.TLS_CHACHA20_POLY1305_SHA256,
        CipherSuite.TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256,
        CipherSuite.TLS_ECDHE_PSK_WITH_AES_256_GCM_SHA384,
        CipherSuite.TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256,
        CipherSuite.TLS_DHE_PSK_WITH_AES_128_GCM_SHA256,
        CipherSuite.TLS_DHE_PSK_WITH_AES_256_GCM_SHA384,
        CipherSuite.TLS_DHE_PSK_WITH_CHACHA20_POLY1305_SHA256
    };

    private final PskFile keys;

    PskServer(PskFile keys) {
        super(CRYPTO, identities(keys));
        this.keys = keys;
    }

    /** For TLS 1.2. */
    private static TlsPSKIdentityManager identities(PskFile keys) {
        return new TlsPSKIdentityManager() {
            @Override
            public byte @Nullable [] getHint() {
                return null;
            }

            @Override
            public byte @Nullable [] getPSK(byte[] identity) {
                return keys.key(identity);
            }
        };
    }

    /** For TLS 1.3: the first of the client's keys that is known here. */
    @Override
    @SuppressWarnings("rawtypes")
    public @Nullable TlsPSKExternal getExternalPSK(Vector identities) {
        for (Object offered : identities) {
            byte[] user = ((PskIdentity) offered).getIdentity();
            byte[] key = keys.key(user);
            if (key != null) {
                return new BasicTlsPSKExternal(user, CRYPTO.createSecret(key), PRFAlgorithm.tls13_hkdf_sha256);
            }
        }
        return null;
    }

    /** Asked only where keys do not prove who is there: a client with certificates only, or with no key of ours. */
    @Override
    public TlsCredentials getCredentials() throws IOException {
        if (TlsUtils.isTLSv13(context)) {
            throw new TlsFatalAlert(AlertDescription.handshake_failure, "it offered no key that is known here");
        }
        return super.getCredentials();
    }

    @Override
    protected ProtocolVersion[] getSupportedVersions() {
        return ProtocolVersion.TLSv13.downTo(ProtocolVersion.TLSv12);
    }

    @Override
    protected int[] getSupportedCipherSuites() {
        return TlsUtils.getSupportedCipherSuites(getCrypto(), SUITES);
    }

    /** AES first: the processor has it. */
    @Override
    protected boolean preferLocalCipherSuites() {
        return true;
    }
}
