/** What people and scripts see of a vPool: the JSON of {@code --json} and REST. */
@NullMarked
package io.volary.server.view;

import org.jspecify.annotations.NullMarked;
