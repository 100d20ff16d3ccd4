package io.volary.store.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.volary.volume.remote.ObjectStore;
import io.volary.volume.remote.ObjectStoreProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class S3SettingsTest {
    @Test
    void theProviderIsFound() {
        assertThat(ServiceLoader.load(ObjectStoreProvider.class))
                .filteredOn(provider -> provider.type().equals("s3"))
                .singleElement()
                .satisfies(provider -> assertThat(provider.keys())
                        .contains("endpoint", "bucket", "prefix", "region", "pathStyle", "allowPlaintext"));
    }

    @Test
    void anEndpointOfOnesOwnHasUsualDefaults() {
        S3Settings settings = of("bucket", "data", "endpoint", "https://s3.example:9000");

        assertThat(settings.region()).isEqualTo("us-east-1");
        assertThat(settings.pathStyle()).isTrue();
        assertThat(settings.prefix()).isEmpty();
        assertThat(settings.where()).isEqualTo("bucket data at https://s3.example:9000");
    }

    @Test
    void withoutOneItIsAws() {
        S3Settings settings = of("bucket", "data", "region", "eu-central-1");

        assertThat(settings.endpoint()).isNull();
        assertThat(settings.pathStyle()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "endpoint, ftp://s3.example, http:// or https://",
        "endpoint, s3.example:9000, http:// or https://",
        "endpoint, https://, http:// or https://",
        "endpoint, 'https://a b', http:// or https://",
        "endpoint, https://s3.example?x, http:// or https://",
        "endpoint, http://s3.example, allowPlaintext",
        "endpoint, http://127.0.0.1.example, allowPlaintext",
        "bucket, a/b, the name of a bucket",
        "bucket, '', the name of a bucket",
        "prefix, vpool, with a / after each",
        "prefix, /vpool/, with a / after each",
        "prefix, a//b/, with a / after each",
        "prefix, ../, with a / after each",
        "region, 'EU 1', the name of a region",
        "pathStyle, yes, true or false",
        "allowPlaintext, 1, true or false",
        "multipartBytes, many, a whole number",
        "multipartBytes, 1024, a whole number from 8388608 to 67108864",
        "ca, ca.pem, the absolute name of a file",
        "ca, /nonexistent, the absolute name of a file"
    })
    void aBadValueIsNamedAndWhatIsAllowed(String key, String value, String allowed) {
        assertThatThrownBy(() -> of("bucket", "data", key, value))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("store." + key + " is \"" + value + "\", but has to be ")
                .hasMessageContaining(allowed);
    }

    @Test
    void aBucketHasToBeNamed() {
        assertThatThrownBy(() -> of("endpoint", "https://s3.example"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("store.bucket is missing");
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://127.0.0.1:9000", "http://[::1]:9000", "http://localhost:9000"})
    void whatStaysOnTheMachineNeedsNoTls(String endpoint) {
        assertThat(of("bucket", "data", "endpoint", endpoint).isLoopback()).isTrue();
    }

    @Test
    void plaintextIsAChoice() {
        assertThat(of("bucket", "data", "endpoint", "http://s3.example", "allowPlaintext", "true")
                        .endpoint())
                .hasToString("http://s3.example");
    }

    @Test
    void aPasswordInTheEndpointIsNotRepeated() {
        assertThatThrownBy(() -> of("bucket", "data", "endpoint", "https://user:hunter2@s3.example"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("store.endpoint")
                .hasMessageNotContaining("hunter2");
    }

    @Test
    void awsNeedsARegion() {
        S3Server.haveNoCredentials();

        assertThatThrownBy(() -> open(Map.of("bucket", "data")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("store.region is missing");
    }

    @Test
    void authoritiesAreCertificates(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("ca.pem"), "nothing of the kind");

        assertThatThrownBy(() -> open(Map.of("bucket", "data", "endpoint", "https://127.0.0.1", "ca", file.toString())))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("store.ca is \"" + file);
    }

    private static void open(Map<String, String> settings) {
        try (ObjectStore store = new S3Provider().open(settings)) {
            store.requests();
        }
    }

    private static S3Settings of(String... pairs) {
        Map<String, String> settings = new HashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            settings.put(pairs[i], pairs[i + 1]);
        }
        return S3Settings.of(settings);
    }
}
