package io.volary.volume;

import io.volary.fuzz.FuzzTests;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Whatever bytes are found where something of the formats should be: they are refused, or taken for what they say. */
class FormatFuzzTest {
    @TestFactory
    Stream<DynamicTest> formats() {
        return FuzzTests.all();
    }
}
