/** Where the logging of what is fuzzed ends. It is loaded anew for each target, as the logging API is. */
@NullMarked
package io.volary.fuzz.log;

import org.jspecify.annotations.NullMarked;
