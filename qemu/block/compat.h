/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where versions of QEMU differ, from 7.2 to 10.0. */
#ifndef VOLARY_COMPAT_H
#define VOLARY_COMPAT_H

#include "qemu/osdep.h"

#define QEMU_SINCE(major, minor)                                                                                               \
    (QEMU_VERSION_MAJOR > (major) || (QEMU_VERSION_MAJOR == (major) && QEMU_VERSION_MINOR >= (minor)))

#if QEMU_SINCE(10, 0)
#include "qobject/qdict.h"
#else
#include "qapi/qmp/qdict.h"
#endif

#include "block/block_int.h"
#include "qapi/error.h"
#include "qemu/module.h"
#include "qemu/option.h"
#include "qemu/units.h"

#if QEMU_SINCE(8, 2)
#include "block/block-io.h"
#include "qemu/defer-call.h"
#endif

/* The names of callbacks. */
#if QEMU_SINCE(8, 0)
#define OPEN bdrv_open
#define GET_LENGTH bdrv_co_getlength
#define GET_ALLOCATED bdrv_co_get_allocated_file_size
#define GET_INFO bdrv_co_get_info
#define SAVE_VMSTATE bdrv_co_save_vmstate
#define LOAD_VMSTATE bdrv_co_load_vmstate
#define CHILD_LENGTH bdrv_co_getlength
#define CO_LENGTH coroutine_fn
#else
#define OPEN bdrv_file_open
#define GET_LENGTH bdrv_getlength
#define GET_ALLOCATED bdrv_get_allocated_file_size
#define GET_INFO bdrv_get_info
#define SAVE_VMSTATE bdrv_save_vmstate
#define LOAD_VMSTATE bdrv_load_vmstate
#define CHILD_LENGTH bdrv_getlength
#define CO_LENGTH
#endif

static inline void watch(AioContext *context, int fd, IOHandler *read, AioPollFn *poll, IOHandler *ready, void *opaque)
{
#if QEMU_SINCE(8, 1)
    aio_set_fd_handler(context, fd, read, NULL, poll, ready, opaque);
#else
    aio_set_fd_handler(context, fd, false, read, NULL, poll, ready, opaque);
#endif
}

#endif
