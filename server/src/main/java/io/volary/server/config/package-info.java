/** {@code vpool.json}, checked key by key, and how a vPool is found. */
@NullMarked
package io.volary.server.config;

import org.jspecify.annotations.NullMarked;
