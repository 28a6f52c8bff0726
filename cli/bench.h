/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* whodel bench: its options, and bench/. */
#ifndef WHODEL_CLI_BENCH_H
#define WHODEL_CLI_BENCH_H

/* The words behind "bench" start at argv[1]. Returns whodel's exit status. */
int bench_main(int argc, char **argv);

#endif
