/* SPDX-License-Identifier: MIT
 *
 * volary_tcp.h - volumes of a vPool on another machine (libvolary-tcp).
 */
#ifndef VOLARY_TCP_H
#define VOLARY_TCP_H

#include "volary.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The vPool whose daemon has its network interface at `host`, and `port` (NULL: 21321). `certificates` is a directory with
 * ca-cert.pem, client-cert.pem and client-key.pem; with NULL nothing is encrypted, which only loopback addresses may have.
 * Nothing is asked of the daemon yet. All functions of volary.h work on it; it has to stay open as long as its volumes are. Data
 * goes by NBD:
 *
 * - One read or write is at most 32 MiB in one segment, or VOLARY_MAX_BOUNCE in several. No memory is shared: volary_alloc and
 *   volary_map work, and save nothing.
 * - A volume is held from the first write on, by this machine: all of its programs count as one. A write that comes too late fails
 *   with EBUSY.
 */
VOLARY_API int volary_pool_connect(const char *host, const char *port, const char *certificates, volary_pool **pool);

#ifdef __cplusplus
}
#endif

#endif
