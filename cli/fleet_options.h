/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What record --forward and collect alike need to know of the servers. */
#ifndef WHODEL_FLEET_OPTIONS_H
#define WHODEL_FLEET_OPTIONS_H

#include "cli/syntax.h"

const char *set_forward(struct options *options, const char *value);
const char *set_credentials(struct options *options, const char *value);
const char *set_ca(struct options *options, const char *value);
const char *set_certificate(struct options *options, const char *value);
const char *set_key(struct options *options, const char *value);
const char *set_stream(struct options *options, const char *value);
const char *set_create(struct options *options, const char *value);
const char *set_stream_size(struct options *options, const char *value);

/* Rows of both tables. */
#define ROWS_OF_FLEET                                                                              \
	{ 0, "credentials", "FILE", "a credentials file for the servers", set_credentials },       \
		{ 0, "ca", "FILE", "TLS: trust these CA certificates", set_ca },                   \
		{ 0, "certificate", "FILE", "TLS: this machine's certificate", set_certificate },  \
		{ 0, "key", "FILE", "TLS: its key", set_key },                                     \
		{ 0, "stream", "NAME", "of the servers (default " FLEET_STREAM ")", set_stream },  \
		{ 0, "create", "N", "make the stream if it is not there, with N replicas",         \
		  set_create },                                                                    \
	{                                                                                          \
		0, "stream-size", "SIZE", "of a stream that is made (default: no limit)",          \
			set_stream_size                                                            \
	}

#endif
