/**
 * The block device SPI: what every export serves and every engine implements.
 *
 * <p>A {@link io.volary.block.BlockDevice} is shared; a {@link io.volary.block.BlockQueue} belongs to one thread; every
 * operation ends in exactly one call of its {@link io.volary.block.Completion}. Offsets and lengths are in bytes.
 */
@NullMarked
package io.volary.block;

import org.jspecify.annotations.NullMarked;
