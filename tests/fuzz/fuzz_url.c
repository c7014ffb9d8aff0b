/* SPDX-License-Identifier: ISC */
/*
 * A stranger's Location, on its own and joined to a base (the first line, if
 * there are two): what is accepted is clean, whole, and accepted again.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/xmem.h"
#include "uptime/site.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check(const struct url *u)
{
	struct url again;
	char *host;

	assert(strstr(u->text, u->host) != NULL);
	assert(*u->path == '/' && strchr(u->path, '#') == NULL);
	assert(
	    strcmp(u->text + strlen(u->text) - strlen(u->path), u->path) == 0);
	assert(u->port != 0);
	for (const char *p = u->text; *p != '\0'; p++)
		assert(*p > ' ' && *p < 0x7f && *p != '\\');
	assert(strpbrk(u->host, "@/?#%[]") == NULL);
	/* a name that a resolver could take for an address is refused */
	if (u->ip.family == 0) {
		assert(host_ascii(u->host, &host) == NULL);
		assert(strcmp(host, u->host) == 0);
		free(host);
	} else
		assert(u->ip.port == u->port);
	/* unless it has grown too long */
	if (url_parse(u->text, &again) == NULL) {
		assert(strcmp(again.text, u->text) == 0);
		assert(strcmp(again.host, u->host) == 0);
		assert(again.port == u->port && again.tls == u->tls);
	} else
		assert(strlen(u->text) > 8192);
	url_free(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	char *text = xstrndup((const char *)p, n);
	char *location = strchr(text, '\n');
	struct url base, u;

	if (location != NULL)
		*location++ = '\0';
	if (url_parse(text, &base) == NULL)
		check(&base);
	else
		assert(url_parse("https://a.example:444/b/c?d", &base) == NULL);
	if (url_join(&base, location != NULL ? location : text, &u) == NULL)
		check(&u);
	url_free(&u);
	url_free(&base);
	free(text);
	return 0;
}
