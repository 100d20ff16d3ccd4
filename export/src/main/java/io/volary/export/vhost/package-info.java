/**
 * The vhost-user-blk export: a front-end such as QEMU shares its guest's memory, and requests are taken from the virtqueues in
 * it. After QEMU's vhost-user specification, and section 5.2 of the virtio specification.
 */
@NullMarked
package io.volary.export.vhost;

import org.jspecify.annotations.NullMarked;
