package io.volary.store.s3;

import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.gaul.s3proxy.AccessGrant;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.middleware.GlobBlobStoreLocator;
import org.gaul.s3proxy.nio2blob.TransientNio2BlobStore;

/** s3proxy, with objects in memory; its credentials are where the SDK's usual chain looks first. */
final class S3Server implements AutoCloseable {
    static final String SECRET = "secret-of-the-tests-0123456789";
    private static final String USER = "volary-test";

    private final TransientNio2BlobStore objects = new TransientNio2BlobStore();
    private final S3Proxy proxy;

    private S3Server(S3Proxy.Builder builder) {
        try {
            proxy = builder.stopTimeout(0)
                    .blobStore(objects)
                    .awsAuthentication(AuthenticationType.AWS_V2_OR_V4, USER, SECRET)
                    .build();
            proxy.setBlobStoreLocator(
                    new GlobBlobStoreLocator(Map.of(USER, new AccessGrant(SECRET, objects)), Map.of()));
            proxy.start();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    static S3Server start() {
        useCredentials(USER, SECRET);
        return new S3Server(S3Proxy.builder().endpoint(URI.create("http://127.0.0.1:0")));
    }

    /** With TLS, by a certificate of its own. */
    static S3Server startSecure(String keyStore, String password) {
        useCredentials(USER, SECRET);
        return new S3Server(S3Proxy.builder()
                .secureEndpoint(URI.create("https://127.0.0.1:0"))
                .keyStore(keyStore, password));
    }

    static void useCredentials(String user, String secret) {
        System.setProperty("aws.accessKeyId", user);
        System.setProperty("aws.secretAccessKey", secret);
    }

    /** Nothing is asked of the machine's metadata service, and nothing of who runs the tests is used. */
    static void haveNoCredentials() {
        System.clearProperty("aws.accessKeyId");
        System.clearProperty("aws.secretAccessKey");
        System.setProperty("aws.disableEc2Metadata", "true");
        System.setProperty("aws.sharedCredentialsFile", "/nonexistent");
        System.setProperty("aws.configFile", "/nonexistent");
    }

    void useItsCredentials() {
        useCredentials(USER, SECRET);
    }

    int port() {
        return proxy.getPort();
    }

    int securePort() {
        return proxy.getSecurePort();
    }

    String newBucket() {
        String name = "b-" + UUID.randomUUID();
        objects.createContainer(name);
        return name;
    }

    static S3Settings settings(int port, String bucket, String... more) {
        Map<String, String> settings = new HashMap<>();
        settings.put("endpoint", "http://127.0.0.1:" + port);
        settings.put("bucket", bucket);
        for (int i = 0; i < more.length; i += 2) {
            settings.put(more[i], more[i + 1]);
        }
        return S3Settings.of(settings);
    }

    @Override
    public void close() {
        try {
            proxy.stop();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
