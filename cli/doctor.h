/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* whodel doctor: what this kernel allows, what is chosen and why, and a self-test. */
#ifndef WHODEL_CLI_DOCTOR_H
#define WHODEL_CLI_DOCTOR_H

int doctor_main(int argc, char **argv);

#endif
