// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "cli/subcommand.h"

#include <stdio.h>

#include "cli/message.h"

int close_stdout(void)
{
	if (fclose(stdout) == 0)
		return STATUS_OK;
	message("cannot write the output: %m");
	return STATUS_FAILED;
}

int subcommand_main(int argc, char **argv,
		    enum options_result (*parse)(int argc, char **argv, struct options *options),
		    int (*run)(const struct options *options))
{
	struct options options;
	int status = STATUS_USAGE;

	switch (parse(argc, argv, &options)) {
	case OPTIONS_GO:
		status = run(&options);
		break;
	case OPTIONS_DONE:
		status = close_stdout();
		break;
	case OPTIONS_WRONG:
		break;
	}
	options_free(&options);
	return status;
}
