/* SPDX-License-Identifier: ISC */
/* Values and doubts that all parts of uptime.conf have. */
#include "uptime/conf/conf_part.h"

#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/text.h"
#include "common/base/xmem.h"
#include "common/host/ip.h"
#include "uptime/conf/value.h"

void
conf_doubt(const struct conf_part *p, cfg_t *sec, const char *key,
    unsigned index, const char *fmt, ...)
{
	struct uptime_conf *u = p->u;
	int line = conf_line(p->c, sec, key, index);
	char text[1024];
	struct buf b;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	buf_init(&b, PATH_MAX + 4 * sizeof text);
	text_clean(&b, u->path, strlen(u->path), TEXT_LINE);
	if (line > 0)
		buf_addf(&b, ":%d", line);
	buf_adds(&b, ": warning: ");
	text_clean(&b, text, strlen(text), TEXT_LINE);
	u->warning = xreallocarray(u->warning, u->nwarning + 1,
	    sizeof *u->warning);
	u->warning[u->nwarning++] = xstrdup(buf_str(&b));
	buf_free(&b);
}

void
conf_ms(struct conf *c, cfg_t *sec, const char *key, int64_t min, int64_t *out)
{
	const char *s = conf_string(c, sec, key);
	int64_t v;

	if (s == NULL)
		return;
	/* it becomes an int of milliseconds on its way */
	if (!value_ms(s, &v) || v > INT_MAX)
		conf_error(c, sec, key, 0,
		    "%s = \"%s\": expected a duration such as 500ms, 10s or "
		    "1m",
		    key, s);
	else if (v < min)
		conf_error(c, sec, key, 0,
		    "%s = \"%s\": expected at least %lldms", key, s,
		    (long long)min);
	else
		*out = v;
}

void
conf_ips(struct conf *c, cfg_t *sec, const char *key, uint16_t port,
    struct ip **out, size_t *n)
{
	unsigned size = cfg_size(sec, key);
	struct ip *list;
	const char *s;

	if (size == 0)
		return;
	free(*out);
	*out = list = xcalloc(size, sizeof *list);
	*n = 0;
	for (unsigned i = 0; i < size; i++) {
		s = cfg_getnstr(sec, key, i);
		if (ip_parse(s, port, &list[*n]) &&
		    (port != 0 || list[*n].port == 0))
			(*n)++;
		else
			conf_error(c, sec, key, i,
			    "%s: \"%s\": expected an address such as %s", key,
			    s,
			    port != 0 ? "192.0.2.1, 192.0.2.1:5353 or "
					"[2001:db8::1]:5353" :
					"192.0.2.1 or 2001:db8::1");
	}
}
