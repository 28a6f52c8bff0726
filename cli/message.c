// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "cli/message.h"

#include <stdarg.h>
#include <stdio.h>

/* What is quoted comes from the command line: it must not move the cursor either. */
static void put_plain(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			fprintf(stderr, "\\x%02x", (unsigned char)*text);
		else
			fputc(*text, stderr);
}

void message(const char *fmt, ...)
{
	char text[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	fputs("whodel: ", stderr);
	put_plain(text);
	fputc('\n', stderr);
}
