/** Objects as files of OrangeFS, without its kernel module: its library runs in a process of its own. */
@NullMarked
package io.volary.store.orangefs;

import org.jspecify.annotations.NullMarked;
