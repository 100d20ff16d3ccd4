package io.volary.server.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.volary.server.view.VolumeReference;
import io.volary.volume.image.ImageLocation;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImageNamesTest {
    @ParameterizedTest
    @CsvSource({
        "/disk.raw, disk.raw",
        "/a/b/Disk 1.raw, Disk-1.raw",
        "/.hidden, hidden",
        "/...., image",
        "/ü, image",
        "/0123456789012345678901234567890123456789012345678901234567890123456789, 012345678901234567890123456789012345678901234567"
    })
    void areLikeTheFiles(String path, String expected) {
        String name = ImageNames.of(new ImageLocation("orangefs", path));

        assertThat(name).isEqualTo(expected);
        assertThat(VolumeReference.isName(name)).isTrue();
    }
}
