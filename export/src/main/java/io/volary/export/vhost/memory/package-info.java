/** The memory of a guest, as its front-end shares it. Everything in it may change, or go, at any moment. */
@NullMarked
package io.volary.export.vhost.memory;

import org.jspecify.annotations.NullMarked;
