/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Drawings for the page, by gnuplot, as SVG. */
#ifndef WHODEL_BENCH_PLOT_H
#define WHODEL_BENCH_PLOT_H

#include <stdio.h>

#include "bench/result.h"

/* The palette: gnuplot is told these colours, and the page's style puts a theme's own in place. */
#define PLOT_INK    "#010203"
#define PLOT_GRID   "#010204"
#define PLOT_COLORS 8

/* 0, or -errno: gnuplot cannot be run. */
int plot_check(void);

/* Draws every plot of @part into @page; told on stderr when gnuplot fails. */
int plots_draw(FILE *page, const struct results *results, const struct part *part);

/* Runs gnuplot on @script and copies the drawing into @page, fit for HTML. */
int plot_run(FILE *script, FILE *page);

#endif
