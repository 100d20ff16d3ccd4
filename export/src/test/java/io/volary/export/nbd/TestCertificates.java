package io.volary.export.nbd;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Certificates made by openssl for one test, in the layout in which GnuTLS clients (libnbd, QEMU) want them. */
final class TestCertificates {
    private static final int VALID = 2;
    private static final int EXPIRED = -1;

    private final Path directory;

    TestCertificates(Path directory) {
        this.directory = directory;
        authority("ca");
        // Of the same name, so that clients offer its certificates and only the signature tells.
        authority("other-ca");
        leaf("server", "ca", "localhost", VALID);
        leaf("server-expired", "ca", "localhost", EXPIRED);
        leaf("server-elsewhere", "ca", "elsewhere.example", VALID);
        leaf("client", "ca", "client", VALID);
        leaf("client-rsa", "ca", "client", VALID);
        leaf("client-expired", "ca", "client", EXPIRED);
        leaf("client-stranger", "other-ca", "client", VALID);
    }

    /** Settings of a server with certificate {@code name} that wants clients of authority "ca". */
    TlsSettings.Certificates server(String name) {
        return new TlsSettings.Certificates(certificate(name), key(name), certificate("ca"));
    }

    /** A directory for libnbd's {@code tls-certificates}: trusts {@code authority} and presents {@code client}, or nothing. */
    Path client(String authority, String client) {
        Path target = directory.resolve("as-" + authority + "-" + client);
        try {
            Files.createDirectories(target);
            copy(certificate(authority), target.resolve("ca-cert.pem"));
            if (!client.isEmpty()) {
                copy(certificate(client), target.resolve("client-cert.pem"));
                copy(key(client), target.resolve("client-key.pem"));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return target;
    }

    private static void copy(Path from, Path to) throws IOException {
        if (!Files.exists(to)) {
            Files.copy(from, to);
        }
    }

    Path certificate(String name) {
        return directory.resolve(name + ".pem");
    }

    Path key(String name) {
        return directory.resolve(name + "-key.pem");
    }

    private void authority(String name) {
        Command.run(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-nodes",
                "-subj",
                "/CN=authority",
                "-days",
                "2",
                "-addext",
                "keyUsage=critical,keyCertSign",
                "-keyout",
                key(name).toString(),
                "-out",
                certificate(name).toString());
    }

    private void leaf(String name, String authority, String host, int days) {
        boolean rsa = name.endsWith("-rsa");
        try {
            Path request = directory.resolve(name + ".csr");
            Path extensions = directory.resolve(name + ".ext");
            Files.writeString(
                    extensions,
                    "subjectAltName=DNS:" + host + "\nkeyUsage=digitalSignature\n" + "extendedKeyUsage="
                            + (name.startsWith("client") ? "clientAuth" : "serverAuth") + "\n");
            Command.run(
                    "openssl",
                    "req",
                    "-newkey",
                    rsa ? "rsa" : "ec",
                    "-pkeyopt",
                    rsa ? "rsa_keygen_bits:2048" : "ec_paramgen_curve:prime256v1",
                    "-nodes",
                    "-subj",
                    "/CN=" + host,
                    "-keyout",
                    key(name).toString(),
                    "-out",
                    request.toString());
            Command.run(
                    "openssl",
                    "x509",
                    "-req",
                    "-in",
                    request.toString(),
                    "-CA",
                    certificate(authority).toString(),
                    "-CAkey",
                    key(authority).toString(),
                    "-CAcreateserial",
                    "-days",
                    Integer.toString(days),
                    "-extfile",
                    extensions.toString(),
                    "-out",
                    certificate(name).toString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
