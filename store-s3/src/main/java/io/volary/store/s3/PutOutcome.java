package io.volary.store.s3;

import software.amazon.awssdk.services.s3.model.S3Exception;

/** What became of a put that asks for nothing to be there ({@code If-None-Match: *}). */
enum PutOutcome {
    MADE,
    THERE,
    /** Somebody else was at it; what came of that is not known yet. */
    CONFLICT;

    /** @throws S3Exception the same, if it is a failure */
    static PutOutcome of(S3Exception e) {
        return switch (e.statusCode()) {
            case 412 -> THERE;
            case 409 -> CONFLICT;
            default -> throw e;
        };
    }
}
