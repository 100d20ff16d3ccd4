package io.volary.export.nbd;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Certificates and keys from PEM files (RFC 7468). Its errors name the file, never what is in it. */
final class PemFile {
    private static final Pattern BLOCK = Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \\1-----");
    private static final long MAX_BYTES = 1 << 20;

    private final Path path;
    private final String text;

    PemFile(Path path) {
        this.path = path;
        try {
            if (Files.size(path) > MAX_BYTES) {
                throw new IllegalArgumentException(path + " is too large to be a PEM file");
            }
            text = Files.readString(path);
        } catch (IOException e) {
            throw new IllegalArgumentException("cannot read " + path + ": " + e, e);
        }
    }

    /** The certificates in the file's order, at least one. */
    List<X509Certificate> certificates() {
        var certificates = new ArrayList<X509Certificate>();
        try {
            CertificateFactory factory = CertificateFactory.getInstance("X.509");
            for (Matcher block = BLOCK.matcher(text); block.find(); ) {
                if (block.group(1).equals("CERTIFICATE")) {
                    var bytes = new ByteArrayInputStream(decode(block.group(2)));
                    certificates.add((X509Certificate) factory.generateCertificate(bytes));
                }
            }
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("a certificate in " + path + " cannot be read: " + e.getMessage(), e);
        }
        if (certificates.isEmpty()) {
            throw new IllegalArgumentException(path + " holds no certificate (-----BEGIN CERTIFICATE-----)");
        }
        return certificates;
    }

    /** @param algorithm that of the public key which belongs to it */
    PrivateKey privateKey(String algorithm) {
        for (Matcher block = BLOCK.matcher(text); block.find(); ) {
            if (block.group(1).equals("PRIVATE KEY")) {
                return privateKey(algorithm, decode(block.group(2)));
            }
        }
        throw new IllegalArgumentException(
                path + " holds no private key in unencrypted PKCS#8 (-----BEGIN PRIVATE KEY-----);"
                        + " 'openssl pkcs8 -topk8 -nocrypt -in OLD -out NEW' makes one");
    }

    private PrivateKey privateKey(String algorithm, byte[] encoded) {
        try {
            return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(encoded));
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException(
                    "the key in " + path + " is not of the certificate's kind, " + algorithm, e);
        }
    }

    private byte[] decode(String base64) {
        try {
            return Base64.getMimeDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(path + " is damaged: " + e.getMessage(), e);
        }
    }
}
