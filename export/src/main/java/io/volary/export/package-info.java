/** What faces the guests: protocols over the block device SPI. Knows no volumes, only devices with names. */
@NullMarked
package io.volary.export;

import org.jspecify.annotations.NullMarked;
