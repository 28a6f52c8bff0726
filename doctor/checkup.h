/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* All that whodel doctor finds out, and how it is shown. */
#ifndef WHODEL_CHECKUP_H
#define WHODEL_CHECKUP_H

#include "doctor/choices.h"
#include "doctor/features.h"
#include "doctor/selftest.h"
#include "output/buffer.h"

struct checkup {
	struct feature features[FEATURES_MAX];
	size_t feature_count;
	struct choice probes[CHOICES_MAX];
	size_t probe_count;
	struct choice transports[CHOICES_MAX];
	size_t transport_count;
	struct selftest selftest;
	int selftest_err; /* it could not be done: the reason is in selftest.error */
};

/* @out is for checkup_free(). What is wrong is in there. */
void checkup_run(const struct selftest_opts *opts, struct checkup *out);

/* Everything that should be seen was. */
bool checkup_is_well(const struct checkup *checkup);

void checkup_free(struct checkup *checkup);

/* Lines for people, or one JSON object. */
void checkup_show_table(const struct checkup *checkup, struct buffer *out);
void checkup_show_json(const struct checkup *checkup, struct buffer *out);

#endif
