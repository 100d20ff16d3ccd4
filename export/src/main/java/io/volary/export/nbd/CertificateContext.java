package io.volary.export.nbd;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/** TLS 1.2 and 1.3 of the JDK with one set of certificates. Any thread may use it. */
public final class CertificateContext {
    /** The versions of TLS that are spoken, the best first. */
    public static final List<String> PROTOCOLS = List.of("TLSv1.3", "TLSv1.2");

    /** A key store wants one; it never leaves memory. */
    private static final char[] NO_PASSWORD = {};

    private final SSLContext context;
    private final boolean verifiesClients;

    /** @throws IllegalArgumentException if the files cannot be used; the message says which and why */
    public CertificateContext(TlsSettings.Certificates settings) {
        verifiesClients = settings.clientCa() != null;
        try {
            context = SSLContext.getInstance("TLS");
            context.init(keyManagers(settings), trustManagers(settings), null);
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalArgumentException("TLS cannot use " + settings.certificate() + ": " + e.getMessage(), e);
        }
    }

    private static KeyManager[] keyManagers(TlsSettings.Certificates settings)
            throws GeneralSecurityException, IOException {
        List<X509Certificate> chain = new PemFile(settings.certificate()).certificates();
        PrivateKey key = new PemFile(settings.key())
                .privateKey(chain.getFirst().getPublicKey().getAlgorithm());
        if (!KeyPairCheck.matches(chain.getFirst().getPublicKey(), key)) {
            throw new IllegalArgumentException("the key in " + settings.key()
                    + " does not belong to the certificate in " + settings.certificate());
        }
        KeyStore store = emptyStore();
        store.setKeyEntry("server", key, NO_PASSWORD, chain.toArray(Certificate[]::new));
        var factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(store, NO_PASSWORD);
        return factory.getKeyManagers();
    }

    private static TrustManager @Nullable [] trustManagers(TlsSettings.Certificates settings)
            throws GeneralSecurityException, IOException {
        if (settings.clientCa() == null) {
            return null;
        }
        KeyStore store = emptyStore();
        for (X509Certificate authority : new PemFile(settings.clientCa()).certificates()) {
            store.setCertificateEntry(authority.getSubjectX500Principal().getName() + store.size(), authority);
        }
        var factory = TrustManagerFactory.getInstance("PKIX");
        factory.init(store);
        return Arrays.stream(factory.getTrustManagers())
                .map(verifier -> new UnlistedAuthorities((X509ExtendedTrustManager) verifier))
                .toArray(TrustManager[]::new);
    }

    private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }

    /** The keys and authorities; whoever makes connections of it sees to {@link #PROTOCOLS} and {@link #verifiesClients}. */
    public SSLContext context() {
        return context;
    }

    /** Whether a client has to show a certificate of a known authority. */
    public boolean verifiesClients() {
        return verifiesClients;
    }

    /** For one connection. */
    SSLEngine engine() {
        SSLEngine engine = context.createSSLEngine();
        engine.setUseClientMode(false);
        engine.setEnabledProtocols(PROTOCOLS.toArray(String[]::new));
        engine.setNeedClientAuth(verifiesClients);
        return engine;
    }
}
