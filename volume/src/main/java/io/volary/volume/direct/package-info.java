/** Direct volumes: disks whose bytes are a raw file on a store of images. Their requests end on their loop; what blocks for them are threads of their own. */
@NullMarked
package io.volary.volume.direct;

import org.jspecify.annotations.NullMarked;
