package io.volary.store.s3;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/** Whom to believe about a server's certificate, where the system's authorities do not know it. */
final class TrustedAuthorities {
    private TrustedAuthorities() {}

    /** @throws IllegalArgumentException if these are no certificates */
    static TrustManager[] read(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
            trusted.load(null, null);
            for (Certificate certificate :
                    CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                trusted.setCertificateEntry("authority " + trusted.size(), certificate);
            }
            if (trusted.size() == 0) {
                throw new GeneralSecurityException("there are none");
            }
            var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(trusted);
            return factory.getTrustManagers();
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalArgumentException(
                    "store.ca is \"" + file + "\", but has to be a file of PEM certificates: " + e.getMessage(), e);
        }
    }
}
