package io.volary.server;

import io.volary.fuzz.FuzzTests;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Whatever stands in files, requests and answers: it is taken for what it says, or refused with a message for people. */
class InputFuzzTest {
    @TestFactory
    Stream<DynamicTest> inputs() {
        return FuzzTests.all();
    }
}
