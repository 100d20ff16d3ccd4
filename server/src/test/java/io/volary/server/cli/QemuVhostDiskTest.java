package io.volary.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.volary.server.view.VolumeReference;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QemuVhostDiskTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            -m 256                     | size=256M
            -m 3G -nographic           | size=3G
            -nographic -m size=2g,slots=2,maxmem=8G | size=2G
            -nographic                 | size=1G
            -m                         | size=1G
            """)
    void theMemoryIsAsLargeAsTheGuests(String others, String size) {
        assertThat(arguments("/x", others)).anyMatch(argument -> argument.endsWith(size));
    }

    @Test
    void memoryThatIsSharedAlreadyStaysAsItIs() {
        var arguments = arguments("/x", "-object memory-backend-file,id=m,share=on -machine memory-backend=m");
        assertThat(arguments).hasSize(4).noneMatch(argument -> argument.contains("volary-memory"));
    }

    @Test
    void commasAreDoubled() {
        assertThat(arguments("/a,b/v.sock", ""))
                .anyMatch(argument -> argument.contains("path=/a,,b/v.sock,reconnect=1"));
    }

    private static List<String> arguments(String socket, String others) {
        return new QemuVhostDisk(socket, VolumeReference.parse("v")).arguments(List.of(others.split(" ")));
    }
}
