package io.volary.store.s3;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where a store is.
 *
 * @param endpoint null: AWS itself
 * @param prefix of all keys: empty, or ends with a slash, so that none is the beginning of another vPool's
 * @param region null: what the SDK's usual chain says
 * @param multipartBytes objects that are larger go in parts
 * @param ca certificates to trust instead of the system's
 */
record S3Settings(
        @Nullable URI endpoint,
        String bucket,
        String prefix,
        @Nullable String region,
        boolean pathStyle,
        long multipartBytes,
        @Nullable Path ca) {
    static final Set<String> KEYS =
            Set.of("endpoint", "bucket", "prefix", "region", "pathStyle", "allowPlaintext", "multipartBytes", "ca");

    /** What goes in one request costs one request. A vPool's segments do, and it sends several at a time anyway. */
    private static final long DEFAULT_MULTIPART_BYTES = 32 << 20;

    /** An attempt has time for so much. */
    private static final long MAX_SINGLE_BYTES = 64 << 20;

    private static final Pattern BUCKET = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,254}");
    private static final Pattern PREFIX = Pattern.compile("([A-Za-z0-9_-][A-Za-z0-9._-]*/)*");
    private static final Pattern REGION = Pattern.compile("[a-z0-9-]{1,64}");
    private static final int MAX_PREFIX_LENGTH = 512;

    static S3Settings of(Map<String, String> settings) {
        var texts = new Texts(settings);
        URI endpoint = endpoint(texts);
        return new S3Settings(
                endpoint,
                texts.required("bucket", BUCKET, "the name of a bucket, of letters, digits and ._-"),
                prefix(texts),
                region(texts, endpoint),
                texts.flag("pathStyle", endpoint != null),
                texts.number("multipartBytes", MultipartPut.PART_BYTES, MAX_SINGLE_BYTES, DEFAULT_MULTIPART_BYTES),
                ca(texts));
    }

    /** As messages name it. */
    String where() {
        return "bucket " + bucket + " at " + (endpoint == null ? "AWS" : endpoint);
    }

    boolean isLoopback() {
        return endpoint != null && Loopback.isHost(endpoint.getHost());
    }

    private static String prefix(Texts texts) {
        String prefix = texts.matching(
                "prefix", PREFIX, "parts of letters, digits and ._- with a / after each, such as vpools/one/", "");
        if (prefix.length() > MAX_PREFIX_LENGTH) {
            throw texts.bad("prefix", "at most " + MAX_PREFIX_LENGTH + " characters");
        }
        return prefix;
    }

    /** Servers other than AWS hardly ever care, but a signature has one. */
    private static @Nullable String region(Texts texts, @Nullable URI endpoint) {
        String region = texts.matching("region", REGION, "the name of a region, such as eu-central-1", "");
        if (!region.isEmpty()) {
            return region;
        }
        return endpoint == null ? null : "us-east-1";
    }

    private static @Nullable URI endpoint(Texts texts) {
        boolean plaintext = texts.flag("allowPlaintext", false);
        String text = texts.text("endpoint");
        if (text == null) {
            return null;
        }
        // What is before an @ may be a password, and is not repeated.
        if (text.contains("@")) {
            throw new IllegalArgumentException(
                    "store.endpoint has an @, but must not have a user name or password: credentials come from the environment");
        }
        URI endpoint = httpUri(texts, text);
        if (endpoint.getScheme().equals("http") && !plaintext && !Loopback.isHost(endpoint.getHost())) {
            throw texts.bad(
                    "endpoint",
                    "https://, as others could read and change the data on its way; or set allowPlaintext to true");
        }
        return endpoint;
    }

    private static URI httpUri(Texts texts, String text) {
        String allowed = "http:// or https:// with a host and maybe a port";
        try {
            var uri = new URI(text);
            boolean http = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
            if (!http || uri.getHost() == null || uri.getRawQuery() != null || uri.getRawFragment() != null) {
                throw texts.bad("endpoint", allowed);
            }
            return uri;
        } catch (URISyntaxException _) {
            throw texts.bad("endpoint", allowed);
        }
    }

    private static @Nullable Path ca(Texts texts) {
        String text = texts.text("ca");
        if (text == null) {
            return null;
        }
        Path file = Path.of(text);
        if (!file.isAbsolute() || !Files.isReadable(file)) {
            throw texts.bad("ca", "the absolute name of a file of PEM certificates that can be read");
        }
        return file;
    }
}
