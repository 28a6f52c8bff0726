/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* whodel who, log and status: what is in the store. Each returns whodel's exit status. */
#ifndef WHODEL_WHO_H
#define WHODEL_WHO_H

int who_main(int argc, char **argv);
int log_main(int argc, char **argv);
int status_main(int argc, char **argv);

#endif
