import java.net.URI;
import java.util.List;
import java.util.Map;
import org.gaul.s3proxy.AccessGrant;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.middleware.GlobBlobStoreLocator;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobStore;

/** Serves a directory as S3 on a port of loopback, with the credentials of the environment: PORT DIRECTORY BUCKET... */
class S3Directory {
    public static void main(String[] arguments) throws Exception {
        String user = System.getenv("AWS_ACCESS_KEY_ID");
        String secret = System.getenv("AWS_SECRET_ACCESS_KEY");
        if (user == null || secret == null) {
            System.err.println("s3proxy: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
            System.exit(2);
        }
        var objects = new FilesystemNio2BlobStore(arguments[1]);
        S3Proxy proxy = S3Proxy.builder()
                .blobStore(objects)
                .endpoint(URI.create("http://127.0.0.1:" + arguments[0]))
                .awsAuthentication(AuthenticationType.AWS_V2_OR_V4, user, secret)
                .build();
        proxy.setBlobStoreLocator(new GlobBlobStoreLocator(Map.of(user, new AccessGrant(secret, objects)), Map.of()));
        for (String bucket : List.of(arguments).subList(2, arguments.length)) {
            if (!objects.containerExists(bucket)) {
                objects.createContainer(bucket);
            }
        }
        proxy.start();
        System.out.println("ready: http://127.0.0.1:" + proxy.getPort());
    }
}
