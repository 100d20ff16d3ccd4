/** The SPI for raw image files that are served as volumes where they are: what a store of such files has to do, and how they are called. */
@NullMarked
package io.volary.volume.image;

import org.jspecify.annotations.NullMarked;
