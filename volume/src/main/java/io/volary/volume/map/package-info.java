/** The map from a volume's blocks to their places in the log: a copy-on-write radix tree in a bounded off-heap cache. */
@NullMarked
package io.volary.volume.map;

import org.jspecify.annotations.NullMarked;
