package io.volary.store.s3;

import io.volary.volume.remote.RequestCounts;
import io.volary.volume.remote.RequestTally;
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
    private final RequestTally tally = new RequestTally();

    @Override
    public void beforeTransmission(Context.BeforeTransmission context, ExecutionAttributes attributes) {
        switch (attributes.getAttribute(SdkExecutionAttribute.OPERATION_NAME)) {
            case "PutObject", "UploadPart" ->
                tally.put(context.requestBody()
                        .flatMap(RequestBody::optionalContentLength)
                        .orElse(0L));
            case "CreateMultipartUpload", "CompleteMultipartUpload" -> tally.put(0);
            case "GetObject" -> tally.get();
            case "ListObjectsV2" -> tally.list();
            case "DeleteObject", "AbortMultipartUpload" -> tally.delete();
            default -> throw new AssertionError("a request that this store does not make");
        }
    }

    void received(long bytes) {
        tally.received(bytes);
    }

    RequestCounts counts() {
        return tally.counts();
    }
}
