/** The running server: the only place that wires engine, exports and REST together. */
@NullMarked
package io.volary.server.daemon;

import org.jspecify.annotations.NullMarked;
