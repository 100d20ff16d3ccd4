package io.volary.server.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VolumeReferenceTest {
    @Test
    void tellsVolumeAndSnapshotApart() {
        assertThat(VolumeReference.parse("v")).isEqualTo(new VolumeReference("v", null));
        assertThat(VolumeReference.parse("v.1@s-2")).isEqualTo(new VolumeReference("v.1", "s-2"));
        assertThat(VolumeReference.parse("v@s")).hasToString("v@s");
        assertThat(VolumeReference.parse("a".repeat(64)).volume()).hasSize(64);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "@", "v@", "@s", "v@s@t", ".v", "-v", "a/b", "a b", "ä", "../x", "v\n"})
    void refusesOtherNames(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> VolumeReference.parse(text));
    }

    @Test
    void refusesLongNames() {
        assertThatIllegalArgumentException().isThrownBy(() -> VolumeReference.parse("a".repeat(65)));
    }
}
