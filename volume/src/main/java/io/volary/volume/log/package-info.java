/** The log: batches of writes appended as records, made durable together, and read back after a crash. */
@NullMarked
package io.volary.volume.log;

import org.jspecify.annotations.NullMarked;
