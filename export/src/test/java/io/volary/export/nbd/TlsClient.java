package io.volary.export.nbd;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/** A client over TCP that can be told which version of TLS to speak, and to change keys. */
final class TlsClient implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = 10_000;

    private final TestCertificates certificates;
    private final String version;
    private Socket socket;
    private DataInputStream in;
    private DataOutputStream out;

    TlsClient(int port, TestCertificates certificates, String version) throws IOException {
        this.certificates = certificates;
        this.version = version;
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(TIMEOUT_MILLIS);
        in = new DataInputStream(socket.getInputStream());
        out = new DataOutputStream(socket.getOutputStream());
        in.readNBytes(18);
        out.writeInt(3);
    }

    /** Sends an option without data; returns the type of the first reply. */
    int option(int option) throws IOException {
        sendOption(option);
        in.readNBytes(12);
        int type = in.readInt();
        in.readNBytes(in.readInt());
        return type;
    }

    void sendOption(int option) throws IOException {
        out.write(RawClient.bytes(message -> {
            message.writeLong(HandshakeDescriptor.OPTION_MAGIC);
            message.writeInt(option);
            message.writeInt(0);
        }));
    }

    void encrypt() throws IOException {
        SSLSocket encrypted =
                (SSLSocket) context().getSocketFactory().createSocket(socket, "localhost", socket.getPort(), true);
        encrypted.setEnabledProtocols(new String[] {version});
        encrypted.startHandshake();
        if (!encrypted.getSession().getProtocol().equals(version)) {
            throw new AssertionError("speaks " + encrypted.getSession().getProtocol());
        }
        socket = encrypted;
        in = new DataInputStream(socket.getInputStream());
        out = new DataOutputStream(socket.getOutputStream());
    }

    /** TLS 1.3: new keys. TLS 1.2: nothing, renegotiation being off. */
    void changeKeys() throws IOException {
        if (version.equals("TLSv1.3")) {
            ((SSLSocket) socket).startHandshake();
        }
    }

    void exportName(String name) throws IOException {
        sendExportName(name);
        in.readNBytes(10);
    }

    private void sendExportName(String name) throws IOException {
        out.write(RawClient.bytes(message -> {
            message.writeLong(HandshakeDescriptor.OPTION_MAGIC);
            message.writeInt(HandshakeDescriptor.OPTION_EXPORT_NAME);
            RawClient.string(message, name);
        }));
    }

    boolean isClosedAfterExportName(String name) throws IOException {
        sendExportName(name);
        return isClosed();
    }

    /** Whether the stream ends here, but for what TLS itself has to say. */
    boolean isClosed() throws IOException {
        try {
            return in.read() < 0;
        } catch (SocketException reset) {
            return true;
        }
    }

    /** Whether the stream ends after at most so many bytes, such as an alert in the clear. */
    boolean endsWithin(int bytes) throws IOException {
        try {
            return in.readNBytes(bytes + 1).length <= bytes;
        } catch (SocketException reset) {
            return true;
        }
    }

    byte[] read(long offset, int length) throws IOException {
        requestRead(offset, length);
        return reply(length);
    }

    void requestRead(long offset, int length) throws IOException {
        out.write(RawClient.bytes(message -> {
            message.writeInt(RequestDescriptor.MAGIC);
            message.writeInt(RequestDescriptor.READ);
            message.writeLong(1);
            message.writeLong(offset);
            message.writeInt(length);
        }));
    }

    /** The data of a read's reply. */
    byte[] reply(int length) throws IOException {
        in.readNBytes(ReplyDescriptor.SIMPLE_LENGTH);
        return in.readNBytes(length);
    }

    /** Sends a disconnect and ends this direction. */
    void disconnect() throws IOException {
        out.write(RawClient.bytes(message -> {
            message.writeInt(RequestDescriptor.MAGIC);
            message.writeInt(RequestDescriptor.DISCONNECT);
            message.write(new byte[20]);
        }));
        socket.shutdownOutput();
    }

    private SSLContext context() throws IOException {
        try {
            KeyStore keys = store();
            var certificate = new PemFile(certificates.certificate("client")).certificates();
            var key = new PemFile(certificates.key("client")).privateKey("EC");
            keys.setKeyEntry("client", key, new char[0], certificate.toArray(Certificate[]::new));
            var keyManagers = KeyManagerFactory.getInstance("PKIX");
            keyManagers.init(keys, new char[0]);
            KeyStore trusted = store();
            trusted.setCertificateEntry(
                    "ca",
                    new PemFile(certificates.certificate("ca")).certificates().getFirst());
            var trustManagers = TrustManagerFactory.getInstance("PKIX");
            trustManagers.init(trusted);
            var context = SSLContext.getInstance("TLS");
            context.init(keyManagers.getKeyManagers(), trustManagers.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IOException(e);
        }
    }

    private static KeyStore store() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
