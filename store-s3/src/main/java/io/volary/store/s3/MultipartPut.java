package io.volary.store.s3;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.ChecksumAlgorithm;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.NoSuchUploadException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * One upload of an object in parts, several at a time. The object appears with the request that completes it, which has the condition; a
 * part that fails is tried again by itself.
 */
final class MultipartPut {
    static final int PART_BYTES = 8 << 20;
    private static final int PARTS_AT_A_TIME = 8;

    private static final Logger LOG = LoggerFactory.getLogger(MultipartPut.class);

    private final Bucket bucket;
    private final Limits limits;
    private final String key;
    private final MemorySegment content;
    private final Deadline deadline;
    private final String upload;

    /** Begins it. */
    MultipartPut(Bucket bucket, Limits limits, String key, MemorySegment content, Deadline deadline) {
        this.bucket = bucket;
        this.limits = limits;
        this.key = key;
        this.content = content;
        this.deadline = deadline;
        upload = bucket.client()
                .createMultipartUpload(request -> request.bucket(bucket.name())
                        .key(key)
                        .checksumAlgorithm(ChecksumAlgorithm.CRC32_C)
                        .overrideConfiguration(deadline.override()))
                .uploadId();
    }

    /** Whether parts would go at once: their threads have to be let into the memory. */
    static boolean suits(MemorySegment content) {
        return content.isAccessibleBy(new Thread());
    }

    PutOutcome finish() {
        boolean made = false;
        try {
            PutOutcome outcome = complete(parts());
            made = outcome == PutOutcome.MADE;
            return outcome;
        } finally {
            if (!made) {
                abort();
            }
        }
    }

    /** When this returns or throws, no thread uses the memory any more. */
    private List<CompletedPart> parts() {
        var threads = Thread.ofVirtual().name("s3-part-", 1).factory();
        try (ExecutorService executor = Executors.newFixedThreadPool(PARTS_AT_A_TIME, threads)) {
            List<Future<CompletedPart>> parts = new ArrayList<>();
            for (long at = 0; at < content.byteSize(); at += PART_BYTES) {
                MemorySegment part = content.asSlice(at, Math.min(PART_BYTES, content.byteSize() - at));
                int number = parts.size() + 1;
                parts.add(executor.submit(() -> put(number, part)));
            }
            return await(parts, executor);
        }
    }

    private static List<CompletedPart> await(List<Future<CompletedPart>> parts, ExecutorService executor) {
        List<CompletedPart> done = new ArrayList<>();
        try {
            for (Future<CompletedPart> part : parts) {
                done.add(part.get());
            }
            return done;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            throw AbortedException.create("interrupted", e);
        } finally {
            executor.shutdownNow(); // has nothing to end if all went well
        }
    }

    private CompletedPart put(int number, MemorySegment part) {
        String checksum = Checksum.of(part);
        String tag = bucket.client()
                .uploadPart(
                        request -> request.bucket(bucket.name())
                                .key(key)
                                .uploadId(upload)
                                .partNumber(number)
                                .checksumCRC32C(checksum)
                                .overrideConfiguration(deadline.override()),
                        SegmentInputStream.body(part))
                .eTag();
        return CompletedPart.builder()
                .partNumber(number)
                .eTag(tag)
                .checksumCRC32C(checksum)
                .build();
    }

    private PutOutcome complete(List<CompletedPart> parts) {
        try {
            complete(parts, Bucket.IF_NOTHING_IS_THERE);
            return PutOutcome.MADE;
        } catch (NoSuchUploadException _) {
            return PutOutcome
                    .CONFLICT; // maybe completed by an attempt whose answer was lost: the next round finds the object
            // there
        } catch (S3Exception e) {
            return e.statusCode() == 501 ? completeAnyway(parts) : PutOutcome.of(e);
        }
    }

    /** Some servers know the condition for single requests only. What an object of that name holds is the same, so no harm is done. */
    private PutOutcome completeAnyway(List<CompletedPart> parts) {
        complete(parts, null);
        return PutOutcome.MADE;
    }

    private void complete(List<CompletedPart> parts, @Nullable String condition) {
        bucket.client()
                .completeMultipartUpload(request -> request.bucket(bucket.name())
                        .key(key)
                        .uploadId(upload)
                        .ifNoneMatch(condition)
                        .multipartUpload(all -> all.parts(parts))
                        .overrideConfiguration(deadline.override()));
    }

    /** Parts that stay behind cost money until somebody, or a rule of the bucket, removes them. */
    private void abort() {
        boolean interrupted = Thread.interrupted(); // or nothing could be asked any more
        try {
            bucket.client()
                    .abortMultipartUpload(request -> request.bucket(bucket.name())
                            .key(key)
                            .uploadId(upload)
                            .overrideConfiguration(new Deadline(limits.cleanup()).override()));
        } catch (NoSuchUploadException _) {
            LOG.debug("upload {} of {} had ended", upload, key);
        } catch (SdkException | IllegalStateException e) {
            LOG.warn(
                    "parts of {} may have stayed in bucket {}: {}",
                    key,
                    bucket.name(),
                    Words.ofServer(String.valueOf(e.getMessage())));
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
