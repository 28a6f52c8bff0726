/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * Wire records, checked: every length against the record's own, every span against the data, every
 * walk for its last NUL. Pure; what passes here can be read without another check.
 */
#ifndef WHODEL_DECODE_H
#define WHODEL_DECODE_H

#include "probe/record.h"

/* The fixed part is a copy; data points into the record and lives as long. */
struct process_record {
	struct record_process fixed;
	const char *data;
};

struct deletion_record {
	struct record_deletion fixed;
	struct record_name other; /* all 0 where there is none */
	struct record_found found;
	const char *data;
};

/* 0; -EBADMSG: not a record of this type and version, or it contradicts itself. */
int decode_process(const struct bpfchan_header *header, struct process_record *out);
int decode_deletion(const struct bpfchan_header *header, struct deletion_record *out);
int decode_exit(const struct bpfchan_header *header, struct record_exit *out);

#endif
