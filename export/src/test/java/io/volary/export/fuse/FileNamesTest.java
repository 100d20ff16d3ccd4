package io.volary.export.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FileNamesTest {
    private final FileNames names = new FileNames(new TestVolumes());

    @ParameterizedTest
    @ValueSource(strings = {"volume", "v1.raw", "disk.qcow2", "tmp", "log", "v.bak", "sedX1y2"})
    void whatCanBeAVolumeIsOne(String name) {
        assertThat(names.isVolume(name)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {".v.Ab12", "v.xml", "v~", "#v#", "a b", "v.tmp", "\u00fc", "-v"})
    void othersAreSmallFiles(String name) {
        assertThat(names.isVolume(name)).isFalse();
    }

    @Test
    void everyNameIsItselfAgain() {
        var all = new StringBuilder("%41.~");
        for (char c = 1; c < 256; c++) {
            all.append(c == '/' ? 'x' : c);
        }
        String encoded = FileNames.encode(all.toString());
        assertThat(encoded).matches("[!-~]+");
        assertThat(FileNames.decode(encoded)).isEqualTo(all.toString());
        assertThat(FileNames.encode(".v.xml~")).isEqualTo(".v.xml~");
    }

    @Test
    void whatOthersHavePutThereIsShownAsItIs() {
        assertThat(FileNames.decode("100%")).isEqualTo("100%");
        assertThat(FileNames.decode("%zz")).isEqualTo("%zz");
    }
}
