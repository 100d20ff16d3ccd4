package io.volary.export;

import io.volary.export.fuse.FuseRequestTarget;
import io.volary.fuzz.FuzzTests;
import org.junit.jupiter.api.Test;

/** Inputs that were once an error of the server's. */
class FoundInputsTest {
    /** Opcode, node, length of the body, 0; then the body: the file "a" is made and open as the first one. */
    private static final String CREATE = "23011200" + "02000000" + "a4010000" + "00000000" + "00000000" + "6100";

    private static final String HANDLE = "0000100000000000";

    @Test
    void roomOfNoLength() {
        FuzzTests.replay(FuseRequestTarget.class, CREATE + "2b022000" + HANDLE + "00".repeat(24));
    }

    @Test
    void aReadBeforeTheBeginOfAFile() {
        FuzzTests.replay(FuseRequestTarget.class, CREATE + "0f022800" + HANDLE + "ff".repeat(8) + "00".repeat(24));
    }

    @Test
    void aTimeThatIsOutOfRange() {
        String body = "10000000" + "00".repeat(28) + "ffffffffffffff7f" + "00".repeat(48);
        FuzzTests.replay(FuseRequestTarget.class, CREATE + "04025800" + body);
    }
}
