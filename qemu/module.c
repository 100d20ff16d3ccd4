/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The driver as a module, which the preload shim loads into a QEMU of the build that it was made for. */
#include "openvstorage.h"

void volary_qemu_register(void);

__attribute__((visibility("default"))) void volary_qemu_register(void)
{
    volary_block_init();
}
