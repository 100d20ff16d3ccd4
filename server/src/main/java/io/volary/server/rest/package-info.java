/** REST over the vPool's unix socket: the server's routes and the command line's client. */
@NullMarked
package io.volary.server.rest;

import org.jspecify.annotations.NullMarked;
