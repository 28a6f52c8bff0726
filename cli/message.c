// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "cli/message.h"

#include <stdarg.h>
#include <stdio.h>

void message(const char *fmt, ...)
{
	va_list args;

	fputs("whodel: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
}
