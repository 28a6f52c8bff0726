// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "cli/fleet_options.h"

#include <string.h>

const char *set_forward(struct options *options, const char *value)
{
	if (!*value || *value == '-')
		return "it is the servers' addresses, as in nats://a:4222,nats://b:4222";
	if (!fleet_is_built())
		return "this whodel was built without NATS: install libnats-dev and "
		       "libjansson-dev, and build it again";
	options->fleet.servers = value;
	return NULL;
}

static const char *set_file(const char **file, const char *value)
{
	*file = value;
	return *value ? NULL : "it is the name of a file";
}

const char *set_credentials(struct options *options, const char *value)
{
	return set_file(&options->fleet.credentials, value);
}

const char *set_ca(struct options *options, const char *value)
{
	return set_file(&options->fleet.ca, value);
}

const char *set_certificate(struct options *options, const char *value)
{
	return set_file(&options->fleet.certificate, value);
}

const char *set_key(struct options *options, const char *value)
{
	return set_file(&options->fleet.key, value);
}

const char *set_stream(struct options *options, const char *value)
{
	if (!*value || strpbrk(value, ". *>/\\"))
		return "a stream's name has no dots, blanks, slashes or wildcards";
	options->fleet.stream = value;
	return NULL;
}

const char *set_create(struct options *options, const char *value)
{
	uint64_t replicas;

	if (parse_number(value, 5, &replicas) || !replicas)
		return "it is a number of replicas from 1 to 5; 3 outlive the loss of a server";
	options->fleet.replicas = (unsigned int)replicas;
	return NULL;
}

const char *set_stream_size(struct options *options, const char *value)
{
	size_t bytes;

	if (parse_size(value, &bytes) || bytes < (size_t)1 << 20)
		return "a size is from 1M on";
	options->fleet.stream_bytes = bytes;
	return NULL;
}
