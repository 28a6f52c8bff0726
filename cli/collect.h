/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* whodel collect: a fleet's events into one store. */
#ifndef WHODEL_COLLECT_COMMAND_H
#define WHODEL_COLLECT_COMMAND_H

/* Returns whodel's exit status. */
int collect_main(int argc, char **argv);

#endif
