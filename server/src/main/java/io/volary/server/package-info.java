@org.jspecify.annotations.NullMarked
package io.volary.server;
