/**
 * OrangeFS's client library {@code libpvfs2.so} through the foreign function and memory API: its calls, the structures that they take,
 * and their errors. It knows nothing of what the files are for.
 */
@NullMarked
package io.volary.linux.pvfs;

import org.jspecify.annotations.NullMarked;
