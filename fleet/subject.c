// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "fleet/subject.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define PREFIX	 "whodel."
#define HOST_MAX 64

static bool is_plain(unsigned char c)
{
	return (c < 128 && isalnum(c)) || c == '-' || c == '_';
}

void subject_put(char subject[SUBJECT_MAX], const char *host, const char *op)
{
	size_t used = strlen(PREFIX);

	snprintf(subject, SUBJECT_MAX, PREFIX);
	if (!*host)
		host = "-";
	for (int i = 0; host[i] && i < HOST_MAX; i++)
		used += (size_t)snprintf(subject + used, SUBJECT_MAX - used,
					 is_plain((unsigned char)host[i]) ? "%c" : "%%%02X",
					 (unsigned char)host[i]);
	snprintf(subject + used, SUBJECT_MAX - used, ".%s", op);
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

int subject_host(const char *subject, char *host, size_t size)
{
	size_t used = 0;
	const char *at = subject + strlen(PREFIX);

	if (strncmp(subject, PREFIX, strlen(PREFIX)) != 0)
		return -EBADMSG;
	for (; *at && *at != '.' && used + 1 < size; at++) {
		if (*at != '%') {
			host[used++] = *at;
			continue;
		}
		if (hex(at[1]) < 0 || hex(at[2]) < 0)
			return -EBADMSG;
		host[used++] = (char)(hex(at[1]) << 4 | hex(at[2]));
		at += 2;
	}
	host[used] = '\0';
	return *at == '.' ? 0 : -EBADMSG;
}
