/** The process that has OrangeFS's library in it: its main program, and how it is talked to. */
@NullMarked
package io.volary.store.orangefs.child;

import org.jspecify.annotations.NullMarked;
