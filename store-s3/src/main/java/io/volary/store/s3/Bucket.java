package io.volary.store.s3;

import io.volary.volume.remote.ObjectStore.Stored;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * The requests for single objects, by their keys. With content goes its CRC32C, in a header that servers check (AWS and s3proxy do) or
 * ignore: what is there is what was sent, also where TLS ends before the server does.
 */
final class Bucket {
    static final String IF_NOTHING_IS_THERE = "*";

    private final S3Client client;
    private final S3Settings settings;

    Bucket(S3Client client, S3Settings settings) {
        this.client = client;
        this.settings = settings;
    }

    S3Client client() {
        return client;
    }

    String name() {
        return settings.bucket();
    }

    /** Makes requests, and says in words why they failed. */
    <T> T ask(String what, Supplier<T> requests) {
        try {
            return requests.get();
        } catch (SdkException
                | IllegalStateException
                | RejectedExecutionException
                | UsualCredentials.MissingException e) {
            throw S3Failure.of(what, settings, e);
        }
    }

    PutOutcome put(String key, MemorySegment content, Deadline deadline) {
        try {
            client.putObject(
                    request -> request.bucket(name())
                            .key(key)
                            .ifNoneMatch(IF_NOTHING_IS_THERE)
                            .checksumCRC32C(Checksum.of(content))
                            .overrideConfiguration(deadline.override()),
                    SegmentInputStream.body(content));
            return PutOutcome.MADE;
        } catch (S3Exception e) {
            return PutOutcome.of(e);
        }
    }

    void get(String key, RangeAnswer answer, Deadline deadline) {
        client.getObject(
                request -> request.bucket(name())
                        .key(key)
                        .range(answer.range())
                        .overrideConfiguration(deadline.override()),
                answer);
    }

    /** Adds a page to a list, and returns where the next one begins; null after the last. */
    @Nullable
    String list(String prefix, @Nullable String token, List<Stored> into, Deadline deadline) {
        ListObjectsV2Response page = client.listObjectsV2(request -> request.bucket(name())
                .prefix(prefix)
                .continuationToken(token)
                .overrideConfiguration(deadline.override()));
        page.contents().forEach(object -> into.add(new Stored(object.key(), object.size())));
        return Boolean.TRUE.equals(page.isTruncated()) ? page.nextContinuationToken() : null;
    }

    /** Some servers say of what is not there that it is not; others delete nothing. */
    void delete(String key, Deadline deadline) {
        try {
            client.deleteObject(request -> request.bucket(name()).key(key).overrideConfiguration(deadline.override()));
        } catch (NoSuchKeyException _) {
            return;
        }
    }
}
