/* SPDX-License-Identifier: ISC */
/* One pass over a stretch of one file. */
#include "tests/unit/scan_fd.h"

#include "watchdog/read/input.h"

enum scan_end
scan_fd(struct scan *s, int fd, struct scan_part *part)
{
	enum scan_end end;

	part->in = input_file(fd);
	end = scan_parts(s, part, 1);
	input_free(part->in);
	return end;
}
