package io.volary.server.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SizesTest {
    @ParameterizedTest
    @CsvSource({"512,512", "1K,1024", "10G,10737418240", "64T,70368744177664", "70368744177664,70368744177664"})
    void readsBytesAndPowersOf1024(String text, long bytes) {
        assertThat(Sizes.parse(text)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "G", "-1G", "1.5G", "1g", "1GB", "0x10", " 1G", "99999999999999999999"})
    void refusesWhatIsNoSize(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> Sizes.parse(text)).withMessageContaining("not a size");
    }

    @ParameterizedTest
    @ValueSource(strings = {"65T", "1P", "9223372036854775807", "9999999999999999999P", "70368744178176"})
    void refusesWhatIsTooLarge(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> Sizes.parse(text)).withMessageContaining("at most 64T");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "511", "513", "1"})
    void refusesWhatIsNoMultipleOfASector(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Sizes.parse(text))
                .withMessageContaining("multiple of 512");
    }

    @Test
    void writesShortSizes() {
        assertThat(Sizes.format(0)).isEqualTo("0");
        assertThat(Sizes.format(1023)).isEqualTo("1023");
        assertThat(Sizes.format(1536)).isEqualTo("1.5K");
        assertThat(Sizes.format(64L << 40)).isEqualTo("64T");
        assertThat(Sizes.format(Long.MAX_VALUE)).endsWith("P");
    }

    @Test
    void roundsUpToSectors() {
        assertThat(Sizes.roundUpToSector(1)).isEqualTo(512);
        assertThat(Sizes.roundUpToSector(512)).isEqualTo(512);
        assertThat(Sizes.roundUpToSector(513)).isEqualTo(1024);
    }
}
