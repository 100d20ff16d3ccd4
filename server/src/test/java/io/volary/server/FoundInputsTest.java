package io.volary.server;

import io.volary.fuzz.FuzzTests;
import io.volary.server.config.ConfigurationTarget;
import io.volary.server.transfer.ImageTarget;
import io.volary.server.transfer.NbdServerTarget;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** Inputs that were once taken for something that they are not. */
class FoundInputsTest {
    /** A good handshake has been, and one last chunk follows, to the first request: its type, and length and bytes of its payload. */
    private static final String LAST_CHUNK = "01" + "668e33ef" + "0001" + "%s" + "0000000000000000" + "%s";

    private static final String GREETING = "00" + "4e42444d41474943" + "49484156454f5054" + "0003";

    private static String hex(String text) {
        return HexFormat.of().formatHex(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void aReadThatAnNbdServerEndsWithoutData() {
        FuzzTests.replay(NbdServerTarget.class, LAST_CHUNK.formatted("0000", "00000000"));
    }

    @Test
    void aReadThatIsAnsweredTwiceWithOneHalf() {
        String half = "0001" + "0000000000000000" + "00000208" + "0000000000000000" + "00".repeat(512);
        FuzzTests.replay(NbdServerTarget.class, "01" + "668e33ef" + "0000" + half + "668e33ef" + "0001" + half);
    }

    @Test
    void dataBeyondAllOffsets() {
        String data = "00000018" + "7ffffffffffffff8" + "00".repeat(16);
        FuzzTests.replay(NbdServerTarget.class, LAST_CHUNK.formatted("0001", data));
    }

    @Test
    void informationThatSaysNotWhatItIsOf() {
        FuzzTests.replay(
                NbdServerTarget.class, GREETING + "0003e889045565a9" + "00000008" + "00000003" + "00000001" + "00");
    }

    @Test
    void anImageOfNegativeSize() {
        FuzzTests.replay(ImageTarget.class, hex("{\"virtual-size\": -1}"));
    }

    @Test
    void aPathThatCanBeNone() {
        FuzzTests.replay(ConfigurationTarget.class, hex("{\"filesystem\": {\"mountpoint\": \"a\\u0000\"}}"));
        FuzzTests.replay(ConfigurationTarget.class, hex("{\"nbd\": {\"tls\": {\"psk\": \"a\\u0000\"}}}"));
        FuzzTests.replay(ConfigurationTarget.class, hex("{\"engine\": {\"tailDirectory\": \"a\\u0000\"}}"));
    }
}
