/** Stores beyond the local disk: the SPI that they implement, and what makes a local directory the write buffer and read cache of one. */
@NullMarked
package io.volary.volume.remote;

import org.jspecify.annotations.NullMarked;
