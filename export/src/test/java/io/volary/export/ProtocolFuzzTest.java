package io.volary.export;

import io.volary.fuzz.FuzzTests;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Whatever clients, guests and front-ends send: it is answered or refused, and harms nobody. */
class ProtocolFuzzTest {
    @TestFactory
    Stream<DynamicTest> protocols() {
        return FuzzTests.all();
    }
}
