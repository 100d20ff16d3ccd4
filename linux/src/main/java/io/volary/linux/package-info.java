/**
 * Linux, through the foreign function and memory API: system calls, io_uring, sockets, and the event loop on top of
 * them. No other module calls native code.
 */
@NullMarked
package io.volary.linux;

import org.jspecify.annotations.NullMarked;
