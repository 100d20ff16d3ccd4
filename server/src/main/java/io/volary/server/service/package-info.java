/** What the daemon does for people and clients with the engine's volumes, and the rules between them. */
@NullMarked
package io.volary.server.service;

import org.jspecify.annotations.NullMarked;
