package io.volary.store.s3;

import io.volary.volume.remote.RequestCounts;
import java.util.concurrent.atomic.LongAdder;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.core.interceptor.SdkExecutionAttribute;
import software.amazon.awssdk.core.sync.RequestBody;

/**
 * Counts every attempt of every request as it is about to be sent. So one that then finds no server is counted too: nobody can tell it from
 * one whose answer was lost, which is paid for.
 */
final class RequestCounter implements ExecutionInterceptor {
    private final LongAdder puts = new LongAdder();
    private final LongAdder gets = new LongAdder();
    private final LongAdder lists = new LongAdder();
    private final LongAdder deletes = new LongAdder();
    private final LongAdder sentBytes = new LongAdder();
    private final LongAdder receivedBytes = new LongAdder();

    @Override
    public void beforeTransmission(Context.BeforeTransmission context, ExecutionAttributes attributes) {
        switch (attributes.getAttribute(SdkExecutionAttribute.OPERATION_NAME)) {
            case "PutObject", "UploadPart" -> {
                puts.increment();
                sentBytes.add(context.requestBody()
                        .flatMap(RequestBody::optionalContentLength)
                        .orElse(0L));
            }
            case "CreateMultipartUpload", "CompleteMultipartUpload" -> puts.increment();
            case "GetObject" -> gets.increment();
            case "ListObjectsV2" -> lists.increment();
            case "DeleteObject", "AbortMultipartUpload" -> deletes.increment();
            default -> throw new AssertionError("a request that this store does not make");
        }
    }

    void received(long bytes) {
        receivedBytes.add(bytes);
    }

    RequestCounts counts() {
        return new RequestCounts(
                puts.sum(), gets.sum(), lists.sum(), deletes.sum(), sentBytes.sum(), receivedBytes.sum());
    }
}
