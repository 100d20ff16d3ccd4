/** Images in and out of volumes, over the daemon's NBD socket. */
@NullMarked
package io.volary.server.transfer;

import org.jspecify.annotations.NullMarked;
