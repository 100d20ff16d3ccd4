/** Virtqueues, split and packed, as section 2 of the virtio specification describes them, and what is in flight on them. */
@NullMarked
package io.volary.export.vhost.ring;

import org.jspecify.annotations.NullMarked;
