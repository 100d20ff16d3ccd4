package io.volary.store.s3;

import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkClientException;

/** What the SDK's usual chain finds: environment, profile, web identity, container, machine. It is asked again as credentials expire. */
final class UsualCredentials implements AwsCredentialsProvider, AutoCloseable {
    private final DefaultCredentialsProvider chain =
            DefaultCredentialsProvider.builder().build();

    /** The chain has none. */
    static final class MissingException extends RuntimeException {
        private static final long serialVersionUID = 1;

        MissingException(SdkClientException cause) {
            super("no credentials were found", cause);
        }
    }

    @Override
    public AwsCredentials resolveCredentials() {
        try {
            return chain.resolveCredentials();
        } catch (SdkClientException e) {
            throw new MissingException(e);
        }
    }

    @Override
    public void close() {
        chain.close();
    }
}
