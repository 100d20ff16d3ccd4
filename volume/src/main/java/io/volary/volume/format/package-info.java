/** The layouts of what is on disk, each drawn where its fields are named; {@code docs/formats.md} tells the whole story. */
@NullMarked
package io.volary.volume.format;

import org.jspecify.annotations.NullMarked;
