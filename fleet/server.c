// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "fleet/server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fleet/subject.h"

#define CONNECT_MS	  5000
#define SERVERS_MAX	  16
#define DUPLICATES_NS	  120000000000LL
#define MESSAGE_BYTES_MIN 65536 /* three paths of 4 KiB, escaped and in base64 */
#define BACKOFF_FIRST_MS  250
#define BACKOFF_LAST_MS	  10000

const char *server_stream(const struct fleet_opts *opts)
{
	return opts->stream ? opts->stream : FLEET_STREAM;
}

unsigned int backoff_next(struct backoff *backoff)
{
	unsigned int ms = backoff->ms ? backoff->ms : BACKOFF_FIRST_MS;

	backoff->ms = ms * 2 > BACKOFF_LAST_MS ? BACKOFF_LAST_MS : ms * 2;
	return ms / 2 + (unsigned int)random() % (ms / 2 + 1);
}

static int fail(char *error, const char *what, natsStatus status)
{
	const char *more = nats_GetLastError(NULL);

	snprintf(error, FLEET_ERROR, "%s: %s%s%s", what, natsStatus_GetText(status),
		 more && *more ? ": " : "", more ? more : "");
	return -EIO;
}

/* ---- options ---- */

static natsStatus set_servers(natsOptions *options, const char *servers)
{
	const char *list[SERVERS_MAX];
	char *copy = strdup(servers);
	char *rest = copy;
	char *server;
	int count = 0;
	natsStatus status;

	if (!copy)
		return NATS_NO_MEMORY;
	while ((server = strsep(&rest, ",")) && count < SERVERS_MAX)
		if (*server)
			list[count++] = server;
	status = natsOptions_SetServers(options, list, count);
	free(copy);
	return status;
}

static bool is_secure(const struct fleet_opts *opts)
{
	return opts->ca || opts->certificate || strncmp(opts->servers, "tls://", 6) == 0;
}

static int set_security(natsOptions *options, const struct fleet_opts *opts, char *error)
{
	natsStatus status = NATS_OK;

	if (is_secure(opts))
		status = natsOptions_SetSecure(options, true);
	if (status == NATS_OK && opts->ca)
		status = natsOptions_LoadCATrustedCertificates(options, opts->ca);
	if (status != NATS_OK)
		return fail(error, "cannot take the CA certificates (--ca)", status);
	if (opts->certificate)
		status = natsOptions_LoadCertificatesChain(options, opts->certificate, opts->key);
	if (status != NATS_OK)
		return fail(error, "cannot take the certificate and key", status);
	if (opts->credentials)
		status = natsOptions_SetUserCredentialsFromFiles(options, opts->credentials, NULL);
	return status == NATS_OK ? 0 : fail(error, "cannot take the credentials", status);
}

static int set_options(struct server *server, const struct fleet_opts *opts, char *error)
{
	natsStatus status = natsOptions_Create(&server->options);

	if (status == NATS_OK)
		status = set_servers(server->options, opts->servers);
	if (status == NATS_OK)
		status = natsOptions_SetAllowReconnect(server->options, false);
	if (status == NATS_OK)
		status = natsOptions_SetTimeout(server->options, CONNECT_MS);
	if (status == NATS_OK)
		status = natsOptions_SetPingInterval(server->options, 5000);
	if (status == NATS_OK)
		status = natsOptions_SetName(server->options, "whodel " WHODEL_VERSION);
	if (status != NATS_OK)
		return fail(error, "cannot take the servers' addresses", status);
	return set_security(server->options, opts, error);
}

/* ---- the stream ---- */

/* What could lose an event that was acknowledged here is refused. */
static const char *judge(const jsStreamConfig *config)
{
	if (config->SubjectsLen < 1 || strcmp(config->Subjects[0], SUBJECT_ALL) != 0)
		return "its first subject is not " SUBJECT_ALL;
	if (config->Discard != js_DiscardNew)
		return "when full it discards old messages, which may not be collected yet: set "
		       "its discard policy to new";
	if (config->Storage != js_FileStorage)
		return "it is kept in memory: set its storage to file";
	if (config->Retention == js_InterestPolicy)
		return "it drops what nobody collects yet: set its retention to workqueue";
	if (config->MaxAge)
		return "it drops messages by their age: set its maximum age to 0";
	if (config->MaxMsgsPerSubject > 0)
		return "it keeps so many messages of a subject and drops the others: lift that "
		       "limit";
	if (config->MaxMsgSize > 0 && config->MaxMsgSize < MESSAGE_BYTES_MIN)
		return "it takes messages of less than 64 KiB only: raise its maximum message size";
	return NULL;
}

static int check(const struct fleet_opts *opts, const jsStreamInfo *info, char *error)
{
	const char *wrong = judge(info->Config);

	if (!wrong && opts->replicas && info->Config->Replicas < (int64_t)opts->replicas)
		wrong = "it has fewer replicas than --create asks for";
	if (!wrong)
		return 0;
	snprintf(error, FLEET_ERROR, "the stream %s is not set up to keep every event: %s",
		 server_stream(opts), wrong);
	return -EIO;
}

static int create(const struct fleet_opts *opts, struct server *server, char *error)
{
	const char *subjects[] = { SUBJECT_ALL };
	jsStreamConfig config;
	jsErrCode code = 0;
	natsStatus status;

	jsStreamConfig_Init(&config);
	config.Name = server_stream(opts);
	config.Subjects = subjects;
	config.SubjectsLen = 1;
	config.Retention = js_WorkQueuePolicy;
	config.Discard = js_DiscardNew;
	config.Storage = js_FileStorage;
	config.Replicas = opts->replicas;
	config.Duplicates = DUPLICATES_NS;
	if (opts->stream_bytes)
		config.MaxBytes = (int64_t)opts->stream_bytes;
	status = js_AddStream(NULL, server->stream, &config, NULL, &code);
	return status == NATS_OK ? 0 : fail(error, "cannot make the stream", status);
}

static int find_stream(const struct fleet_opts *opts, struct server *server, char *error)
{
	jsStreamInfo *info = NULL;
	jsErrCode code = 0;
	natsStatus status =
		js_GetStreamInfo(&info, server->stream, server_stream(opts), NULL, &code);
	int err;

	if (status == NATS_OK) {
		err = check(opts, info, error);
		jsStreamInfo_Destroy(info);
		return err;
	}
	if (status == NATS_NOT_FOUND && opts->replicas)
		return create(opts, server, error);
	if (status == NATS_NOT_FOUND) {
		snprintf(error, FLEET_ERROR,
			 "there is no stream %s; make it with --create REPLICAS",
			 server_stream(opts));
		return -EIO;
	}
	return fail(error, "cannot ask for the stream", status);
}

int server_open(const struct fleet_opts *opts, const struct jsOptions *js, struct server *server,
		char *error)
{
	struct jsOptions copy = *js;
	natsStatus status;
	int err;

	*server = (struct server){ 0 };
	err = set_options(server, opts, error);
	if (err)
		return err;
	status = natsConnection_Connect(&server->connection, server->options);
	if (status != NATS_OK)
		return fail(error, "cannot connect to the servers", status);
	server->message_bytes = natsConnection_GetMaxPayload(server->connection);
	if (server->message_bytes < MESSAGE_BYTES_MIN) {
		snprintf(error, FLEET_ERROR,
			 "the servers take messages of %lld bytes at most, and whodel's may have "
			 "%d: raise max_payload",
			 (long long)server->message_bytes, MESSAGE_BYTES_MIN);
		return -EIO;
	}
	status = natsConnection_JetStream(&server->stream, server->connection, &copy);
	if (status != NATS_OK)
		return fail(error, "cannot use JetStream", status);
	return find_stream(opts, server, error);
}

void server_close(struct server *server)
{
	jsCtx_Destroy(server->stream);
	natsConnection_Destroy(server->connection);
	natsOptions_Destroy(server->options);
	*server = (struct server){ 0 };
}
