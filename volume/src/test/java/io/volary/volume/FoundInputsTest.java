package io.volary.volume;

import io.volary.fuzz.FuzzTests;
import io.volary.volume.format.ControlRecordTarget;
import io.volary.volume.format.RecordHeaderTarget;
import io.volary.volume.log.LeftTailTarget;
import org.junit.jupiter.api.Test;

/** Inputs that were once taken for something that they are not. */
class FoundInputsTest {
    private static final String RECORD =
            "56524543000000003412000000000000785600000000000001000000000000000200000002000000"
                    + "00000000000000000000000000000000000000000000000000000000000000000000000000000000";

    @Test
    void aRecordOfAnUnknownControlOperation() {
        FuzzTests.replay(RecordHeaderTarget.class, RECORD.substring(0, 74));
    }

    @Test
    void aControlRecordWithExtents() {
        FuzzTests.replay(
                RecordHeaderTarget.class,
                RECORD.substring(0, 128) + "0100000000000000000000000000000004000000000000000000006b");
    }

    @Test
    void aRecordWithAnExtentBeyondItsData() {
        String extent = "0100000001000000" + "0000000000000000" + "0900000000000000" + "0000000000000000";
        FuzzTests.replay(
                RecordHeaderTarget.class,
                RECORD.substring(0, 72) + "01000000" + RECORD.substring(80, 128) + "0100000001000000"
                        + "0000000000000000" + extent);
    }

    @Test
    void aControlRecordWithANameThatIsNotUtf8() {
        FuzzTests.replay(ControlRecordTarget.class, "0900000000" + "ff" + "ff".repeat(255));
    }

    @Test
    void aTailThatWouldGoBeforeTheBeginOfItsSegment() {
        FuzzTests.replay(
                LeftTailTarget.class,
                "0700000000000000000000001003000000000000000000ff56524543000000003412000000000000785600000000000001"
                        + "00000000000000030000000100000007");
    }
}
