/* SPDX-License-Identifier: MIT */
/* What a thread's last failed call has to say. */
#include <stdarg.h>
#include <stdio.h>

#include "internal.h"

static _Thread_local char message[1024];

int volary_fail(int number, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    return -number;
}

const char *volary_error(void)
{
    return message;
}

const char *volary_version(void)
{
    return VOLARY_VERSION;
}
