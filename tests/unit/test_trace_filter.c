// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Filters: alternatives within a kind, all kinds together, and what is not known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "trace/filter.h"

static struct process process = { .uid = 1000 };

static struct deletion deletion = {
	.pid = 42,
	.comm = "rm",
	.path = "/srv/www/a.html",
	.path_seen = "/www/a.html",
	.process = &process,
};

static void assert_passes(struct filter *filter, bool passes)
{
	assert_int_equal(filter_passes(filter, &deletion), passes);
	filter_free(filter);
}

static void test_none(void **state)
{
	struct filter filter = { 0 };

	(void)state;
	assert_passes(&filter, true);
	filter_free(&filter); /* again is fine */
}

static void test_alternatives(void **state)
{
	struct filter filter = { 0 };

	(void)state;
	assert_int_equal(number_list_add(&filter.pids, 41), 0);
	assert_false(filter_passes(&filter, &deletion));
	assert_int_equal(number_list_add(&filter.pids, 42), 0);
	assert_passes(&filter, true);
}

static void test_all_kinds_must_hold(void **state)
{
	struct filter filter = { 0 };

	(void)state;
	number_list_add(&filter.pids, 42);
	number_list_add(&filter.uids, 1000);
	string_list_add(&filter.comms, "rm");
	string_list_add(&filter.paths, "/srv/*");
	assert_true(filter_passes(&filter, &deletion));
	string_list_add(&filter.excludes, "*.html");
	assert_passes(&filter, false);

	number_list_add(&filter.pids, 42);
	number_list_add(&filter.uids, 1001);
	assert_passes(&filter, false);

	string_list_add(&filter.comms, "r"); /* no part of a name */
	assert_passes(&filter, false);
}

static void test_globs(void **state)
{
	static const struct {
		const char *glob;
		bool matches;
	} cases[] = {
		{ "/srv/www/a.html", true },
		{ "/srv/*", true },
		{ "*", true },
		{ "/www/*", true }, /* as it was seen */
		{ "/srv/www/?.html", true },
		{ "/srv/www/[ab].html", true },
		{ "/srv/www", false },
		{ "a.html", false },
		{ "/srv/www/?html", false },
		{ "", false },
		{ "/srv/www/\\*", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct filter filter = { 0 };

		string_list_add(&filter.paths, cases[i].glob);
		assert_passes(&filter, cases[i].matches);
		string_list_add(&filter.excludes, cases[i].glob);
		assert_passes(&filter, !cases[i].matches);
	}
}

/* What was not seen may be what is looked for. */
static void test_unknown(void **state)
{
	struct deletion unknown = { .pid = 42, .comm = "rm" };
	struct filter filter = { 0 };

	(void)state;
	string_list_add(&filter.paths, "/srv/*");
	string_list_add(&filter.excludes, "*");
	number_list_add(&filter.uids, 1);
	assert_true(filter_passes(&filter, &unknown));
	filter_free(&filter);
}

static void test_containers(void **state)
{
	static const char id[] = "b3c348230c35ac228dc66a5ff1b0db3f59d433f553424aa5b63c76d7076962e2";
	struct filter filter = { 0 };

	(void)state;
	string_list_add(&filter.containers, "web");
	string_list_add(&filter.containers, "b3c3");
	assert_true(filter_has_container(&filter, id));
	assert_true(filter_has_container(&filter, "web"));
	assert_false(filter_has_container(&filter, "web2")); /* names are whole */
	assert_false(filter_has_container(&filter, "b3c3482"));
	assert_false(filter_has_container(&filter, ""));
	assert_true(filter_passes(&filter, &deletion)); /* its cgroup is not known */
	process.cgroup = "/";
	assert_false(filter_passes(&filter, &deletion));
	process.container = id;
	assert_passes(&filter, true);
	process.cgroup = process.container = NULL;
}

/* What the kernel side keeps to is not asked again: its numbers may be another namespace's. */
static void test_rest(void **state)
{
	struct filter filter = { 0 };
	struct filter rest;

	(void)state;
	number_list_add(&filter.pids, 1);
	number_list_add(&filter.uids, 1);
	string_list_add(&filter.comms, "x");
	string_list_add(&filter.paths, "/srv/*");
	rest = filter_rest(&filter);
	assert_true(filter_passes(&rest, &deletion));
	string_list_add(&filter.excludes, "*.html");
	rest = filter_rest(&filter);
	assert_false(filter_passes(&rest, &deletion));
	filter_free(&filter);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_alternatives),
		cmocka_unit_test(test_all_kinds_must_hold),
		cmocka_unit_test(test_globs),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_containers),
		cmocka_unit_test(test_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
