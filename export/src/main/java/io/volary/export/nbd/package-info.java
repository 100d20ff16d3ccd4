/**
 * Network Block Device server: fixed newstyle negotiation, then transmission. Section names in this package are those of
 * the protocol's own document, doc/proto.md of the NetworkBlockDevice project.
 *
 * <p>A connection begins on a thread of its own that may block: {@link io.volary.export.nbd.Negotiation}. Once the
 * client has chosen an export, the socket moves to that export's event loop, where
 * {@link io.volary.export.nbd.Connection} serves it and nothing blocks. TLS ends in a
 * {@link io.volary.export.nbd.TlsTunnel}, so both phases see plain sockets only.
 */
@NullMarked
package io.volary.export.nbd;

import org.jspecify.annotations.NullMarked;
