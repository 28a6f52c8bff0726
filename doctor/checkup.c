// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "doctor/checkup.h"

void checkup_run(const struct selftest_opts *opts, struct checkup *out)
{
	*out = (struct checkup){ 0 };
	out->feature_count = features_find(out->features);
	out->selftest_err = selftest_run(opts, &out->selftest);
	out->probe_count = choices_probes(opts->probe, out->selftest.probe, out->probes);
	out->transport_count = choices_transports(out->selftest.transport, out->transports);
}

bool checkup_is_well(const struct checkup *checkup)
{
	return !checkup->selftest_err && !checkup->selftest.faults;
}

void checkup_free(struct checkup *checkup)
{
	selftest_free(&checkup->selftest);
}
