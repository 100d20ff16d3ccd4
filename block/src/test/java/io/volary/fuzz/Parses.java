package io.volary.fuzz;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** What a {@link FuzzTarget} tests: the classes that are instrumented, with those nested in them, and how large inputs become. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface Parses {
    /** The classes whose branches count. */
    Class<?>[] value();

    /** More classes that guide, but whose branches do not count, as most of them are about other things. */
    Class<?>[] guides() default {};

    /** The longest input, in bytes. */
    int maxBytes() default 512;

    /** What one case may allocate, in bytes. */
    long maxAllocation() default 4 << 20;
}
