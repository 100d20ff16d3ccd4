/** The vPool as a file system, by the kernel's own FUSE protocol ({@code linux/fuse.h}) on /dev/fuse. */
@NullMarked
package io.volary.export.fuse;

import org.jspecify.annotations.NullMarked;
