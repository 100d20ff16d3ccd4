/** The command line: one class per command, speaking REST to the daemon. */
@NullMarked
package io.volary.server.cli;

import org.jspecify.annotations.NullMarked;
