package io.volary.store.s3;

import javax.net.ssl.TrustManager;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.client.config.ClientOverrideConfiguration;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.http.apache5.ProxyConfiguration;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.regions.providers.DefaultAwsRegionProviderChain;
import software.amazon.awssdk.retries.StandardRetryStrategy;
import software.amazon.awssdk.retries.api.BackoffStrategy;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;

/** The SDK's client as this store wants it. */
final class Clients {
    private Clients() {}

    static S3Client open(S3Settings settings, Limits limits, RequestCounter counter, UsualCredentials credentials) {
        S3ClientBuilder builder = S3Client.builder()
                .region(region(settings))
                .credentialsProvider(credentials)
                .forcePathStyle(settings.pathStyle())
                // Checksums are ours (see Bucket): the SDK's own go behind the content, in a form that not every server
                // knows.
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
                // Without TLS the signature covers the content. One hash of all of it is 1.6 times as fast as one for
                // each 128 KiB.
                .serviceConfiguration(s3 -> s3.chunkedEncodingEnabled(false))
                .overrideConfiguration(override(limits, counter))
                .httpClientBuilder(http(settings, limits));
        if (settings.endpoint() != null) {
            builder.endpointOverride(settings.endpoint());
        }
        return builder.build();
    }

    private static Region region(S3Settings settings) {
        if (settings.region() != null) {
            return Region.of(settings.region());
        }
        try {
            return DefaultAwsRegionProviderChain.builder().build().getRegion();
        } catch (SdkClientException e) {
            throw new IllegalArgumentException(
                    "store.region is missing; without an endpoint it has to be the name of a region, such as eu-central-1,"
                            + " as neither environment nor AWS configuration name one",
                    e);
        }
    }

    private static ClientOverrideConfiguration override(Limits limits, RequestCounter counter) {
        return ClientOverrideConfiguration.builder()
                .retryStrategy(retries(limits))
                .apiCallAttemptTimeout(limits.attempt())
                .apiCallTimeout(limits.call())
                .addExecutionInterceptor(counter)
                .build();
    }

    /** Waits are drawn from zero to a bound that doubles. Where most attempts fail, the strategy gives up retrying before its last one. */
    private static StandardRetryStrategy retries(Limits limits) {
        return AwsRetryStrategy.standardRetryStrategy().toBuilder()
                .maxAttempts(limits.attempts())
                .backoffStrategy(BackoffStrategy.exponentialDelay(Limits.FIRST_BACKOFF, Limits.LONGEST_BACKOFF))
                .throttlingBackoffStrategy(BackoffStrategy.exponentialDelay(
                        Limits.FIRST_THROTTLED_BACKOFF, Limits.LONGEST_THROTTLED_BACKOFF))
                .build();
    }

    private static Apache5HttpClient.Builder http(S3Settings settings, Limits limits) {
        Apache5HttpClient.Builder http = Apache5HttpClient.builder()
                .maxConnections(Limits.CONNECTIONS)
                .connectionAcquisitionTimeout(limits.attempt())
                .connectionTimeout(limits.connect())
                .socketTimeout(limits.silence());
        if (settings.isLoopback()) {
            // What the environment names as a proxy is not for this machine.
            http.proxyConfiguration(ProxyConfiguration.builder()
                    .useSystemPropertyValues(false)
                    .useEnvironmentVariableValues(false)
                    .build());
        }
        if (settings.ca() != null) {
            TrustManager[] trusted = TrustedAuthorities.read(settings.ca());
            http.tlsTrustManagersProvider(() -> trusted);
        }
        return http;
    }
}
