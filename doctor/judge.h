/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* One event against what the way's process wrote down. Pure. */
#ifndef WHODEL_JUDGE_H
#define WHODEL_JUDGE_H

#include "doctor/selftest.h"
#include "trace/deletion.h"

/* Takes one event of the way's process into @finding. */
void judge_event(const struct expected *expected, const struct deletion *deletion,
		 struct finding *finding);

/* All events are there: the verdict on the way. @probe: the name of the one that looked. */
void judge_end(const struct expected *expected, const char *probe, struct finding *finding);

#endif
