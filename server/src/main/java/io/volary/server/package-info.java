/** The {@code volary} program. */
@NullMarked
package io.volary.server;

import org.jspecify.annotations.NullMarked;
