import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

/** How fast objects are put on an S3 server by Amazon's client alone: prints MiB a second. */
final class Puts {
    private Puts() {}

    /** @param arguments endpoint, bucket, bytes of an object, how many, how many at a time, prefix */
    public static void main(String[] arguments) throws Exception {
        int bytes = Integer.parseInt(arguments[2]);
        int count = Integer.parseInt(arguments[3]);
        byte[] content = new byte[bytes];
        new Random(1).nextBytes(content);
        try (S3Client client = S3Client.builder()
                        .endpointOverride(URI.create(arguments[0]))
                        .region(Region.US_EAST_1)
                        .forcePathStyle(true)
                        .build();
                ExecutorService threads = Executors.newFixedThreadPool(Integer.parseInt(arguments[4]))) {
            put(client, arguments[1], arguments[5] + "first", content); // what is done once is not counted
            List<Callable<Void>> puts = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                String key = arguments[5] + i;
                puts.add(() -> put(client, arguments[1], key, content));
            }
            long begin = System.nanoTime();
            for (Future<Void> put : threads.invokeAll(puts)) {
                put.get();
            }
            System.out.println((double) count * bytes / (1 << 20) / ((System.nanoTime() - begin) / 1e9));
        }
    }

    private static Void put(S3Client client, String bucket, String key, byte[] content) {
        client.putObject(request -> request.bucket(bucket).key(key), RequestBody.fromBytes(content));
        return null;
    }
}
