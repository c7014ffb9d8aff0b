/* SPDX-License-Identifier: ISC */
/*
 * What the parts of conf.c share: each reads one kind of section.  What is
 * wrong goes to conf_error, what is doubtful to conf_doubt.
 */
#ifndef UPTIME_CONF_CONF_PART_H
#define UPTIME_CONF_CONF_PART_H

#include "common/host/conf.h"
#include "uptime/conf/conf.h"

struct conf_part {
	struct conf *c;
	struct uptime_conf *u;
};

/* A warning, shown by check-config alone. */
void conf_doubt(const struct conf_part *, cfg_t *, const char *key,
    unsigned index, const char *, ...) __attribute__((format(printf, 5, 6)));

/* Values that common/host/conf.h has not: "500ms"; the addresses of a list,
 * which replace what was there. */
void conf_ms(struct conf *, cfg_t *, const char *key, int64_t min, int64_t *);
void conf_ips(struct conf *, cfg_t *, const char *key, uint16_t port,
    struct ip **, size_t *n);

/* conf_site.c: the keys of a section, static; the section itself. */
cfg_opt_t *conf_site_keys(void);
cfg_opt_t *conf_exec_keys(void);
void conf_site(const struct conf_part *, cfg_t *, struct site *);
void conf_exec(const struct conf_part *, cfg_t *, struct site *);

/* conf_ask.c: how a URL is asked, with its steps. */
void conf_ask(const struct conf_part *, cfg_t *, struct target *);

/* conf_expect.c: what is expected of the reply. */
void conf_expect(const struct conf_part *, cfg_t *, struct target *);
void conf_expect_banner(const struct conf_part *, cfg_t *, struct target *);

#endif
