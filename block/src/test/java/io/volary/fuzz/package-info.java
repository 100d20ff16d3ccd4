/**
 * A fuzzer that is guided by coverage: inputs that reach a branch, or two branches one after the other, that none has reached before
 * are kept and mutated further. What is instrumented, while it is loaded, are the classes that a {@link io.volary.fuzz.FuzzTarget}
 * names; {@code docs/testing.md} says how to run it.
 */
@NullMarked
package io.volary.fuzz;

import org.jspecify.annotations.NullMarked;
