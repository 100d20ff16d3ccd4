package io.volary.store.s3;

import io.volary.volume.store.StoreException;
import io.volary.volume.store.StoreException.Kind;
import java.net.UnknownHostException;
import java.util.Set;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.SdkException;

/** Says in words what the SDK threw: what could not be done where, why, and what to do if that can be known. */
final class S3Failure {
    private static final Set<String> NO_SPACE =
            Set.of("QuotaExceeded", "XMinioStorageFull", "XMinioAdminBucketQuotaExceeded", "InsufficientStorage");

    private S3Failure() {}

    static StoreException of(String what, S3Settings settings, RuntimeException e) {
        return causes(e)
                .filter(StoreException.class::isInstance)
                .map(StoreException.class::cast)
                .findFirst()
                .orElseGet(() -> translated(what, settings, e));
    }

    private static StoreException translated(String what, S3Settings settings, RuntimeException e) {
        if (e instanceof AbortedException) {
            Thread.currentThread().interrupt(); // the SDK has taken note of it, and whoever is interested should too
        }
        Kind kind = e instanceof AwsServiceException answer ? kind(answer) : Kind.IO_ERROR;
        String why = e instanceof AwsServiceException answer ? answered(answer) : unanswered(e);
        return new StoreException(kind, "cannot " + what + " in " + settings.where() + ": " + why, e);
    }

    private static Kind kind(AwsServiceException e) {
        String code = code(e);
        if (code.equals("NoSuchKey") || (e.statusCode() == 404 && code.isEmpty())) {
            return Kind.NOT_FOUND;
        }
        return NO_SPACE.contains(code) || e.statusCode() == 507 ? Kind.NO_SPACE : Kind.IO_ERROR;
    }

    private static String answered(AwsServiceException e) {
        var details = e.awsErrorDetails();
        String message =
                details == null || details.errorMessage() == null ? "" : Words.ofServer(details.errorMessage());
        String advice = advice(e);
        return (code(e).isEmpty() ? "" : code(e) + ", ")
                + "HTTP "
                + e.statusCode()
                + (message.isEmpty() ? "" : " (" + message + ")")
                + (advice.isEmpty() ? "" : ": " + advice);
    }

    private static String advice(AwsServiceException e) {
        String byCode = switch (code(e)) {
            case "NoSuchBucket" -> "make the bucket, or correct store.bucket";
            case "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken" ->
                "the server does not accept these credentials; check where they come from";
            case "RequestTimeTooSkewed" -> "set this machine's clock";
            case "AuthorizationHeaderMalformed", "PermanentRedirect", "IllegalLocationConstraintException" ->
                "check store.region and store.endpoint";
            case "BadDigest" -> "the content was changed on its way";
            default -> "";
        };
        return byCode.isEmpty() ? adviceByStatus(e.statusCode()) : byCode;
    }

    private static String adviceByStatus(int status) {
        return switch (status) {
            case 301, 307 -> "check store.region and store.endpoint";
            case 401, 403 -> "check what these credentials are allowed to do with this bucket";
            case 429, 503 -> "the server asks to go slower, and went on to after all attempts";
            case 501 -> "the server cannot do what the store needs";
            default -> "";
        };
    }

    private static String unanswered(RuntimeException e) {
        if (causes(e).anyMatch(UsualCredentials.MissingException.class::isInstance)) {
            return "no credentials were found; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY for the daemon, or"
                    + " provide them in another way that AWS's tools know";
        }
        if (e instanceof AbortedException) {
            return "it was interrupted";
        }
        if (e instanceof ApiCallTimeoutException || e instanceof ApiCallAttemptTimeoutException) {
            return "the server did not finish its answers in time";
        }
        if (!(e instanceof SdkException)) {
            return "the store was closed"; // the connections, or the SDK's threads, are gone
        }
        Throwable root = causes(e).reduce((_, cause) -> cause).orElse(e);
        if (root instanceof UnknownHostException) {
            return "nobody knows a host of that name: " + root.getMessage();
        }
        boolean tls = causes(e).anyMatch(SSLException.class::isInstance);
        return (tls ? "TLS: " : "the server cannot be reached, or broke off: ") + root.getMessage();
    }

    private static String code(AwsServiceException e) {
        var details = e.awsErrorDetails();
        return details == null || details.errorCode() == null ? "" : Words.ofServer(details.errorCode());
    }

    private static Stream<Throwable> causes(Throwable e) {
        return Stream.iterate(e, cause -> cause != null, Throwable::getCause).limit(20);
    }
}
