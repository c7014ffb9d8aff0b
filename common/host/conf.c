/* SPDX-License-Identifier: ISC */
/* Strict configuration files with libConfuse 3.3. */
#include "common/host/conf.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/text.h"
#include "common/base/xmem.h"
#include "common/host/addr.h"
#include "common/host/conf_scan.h"
#include "common/host/conf_stash.h"
#include "common/host/file.h"

#define CONF_MAX (4 * 1024 * 1024) /* bytes of a configuration file */
#define CONF_KEYS 64               /* keys of one section */
#define CONF_UNKNOWN_MAX 50        /* unknown keys told in one go */
#define CONF_DEPTH 8               /* sections in sections */

struct place { /* where a value stands */
	const cfg_opt_t *opt;
	unsigned index;
	int line;
};

struct mistake {
	int line; /* 0: the file as a whole */
	char *text;
};

struct conf {
	char *path;
	struct buf text;
	cfg_opt_t *opts;
	cfg_t *cfg;
	struct place *place;
	size_t nplace;
	struct mistake *mistake;
	size_t nmistake;
	bool parsed; /* to its end */
	char *stray; /* the unknown key that stopped it; "": a double title */
	int stray_line;
	const cfg_t *stray_in; /* the section that it stands in */
	struct conf_stash stash;
};

/* libConfuse's callbacks carry no context of ours. */
static struct conf *parsing;

static void __attribute__((format(printf, 3, 0)))
add_mistake(struct conf *c, int line, const char *fmt, va_list ap)
{
	char text[1024];

	vsnprintf(text, sizeof text, fmt, ap);
	c->mistake = xreallocarray(c->mistake, c->nmistake + 1,
	    sizeof *c->mistake);
	c->mistake[c->nmistake].line = line;
	c->mistake[c->nmistake++].text = xstrdup(text);
}

static void __attribute__((format(printf, 3, 4)))
mistake(struct conf *c, int line, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_mistake(c, line, fmt, ap);
	va_end(ap);
}

static size_t
key_names(const cfg_opt_t *opts, const char *names[CONF_KEYS])
{
	size_t n;

	for (n = 0; n < CONF_KEYS && opts[n].name != NULL; n++)
		names[n] = opts[n].name;
	return n;
}

static void
unknown_key(struct conf *c, cfg_t *sec, const char *key)
{
	const char *names[CONF_KEYS], *near;

	near = text_nearest(key, names, key_names(sec->opts, names));
	mistake(c, sec->line, "unknown key \"%s\"%s%s%s%s%s", key,
	    sec == c->cfg ? "" : " in ", sec == c->cfg ? "" : sec->name,
	    near != NULL ? "; did you mean \"" : "", near != NULL ? near : "",
	    near != NULL ? "\"?" : "");
}

static void __attribute__((format(printf, 2, 0)))
on_error(cfg_t *sec, const char *fmt, va_list ap)
{
	struct conf *c = parsing;
	va_list copy;

	if (strcmp(fmt, "no such option '%s'") == 0) {
		va_copy(copy, ap);
		c->stray = xstrdup(va_arg(copy, const char *));
		va_end(copy);
		unknown_key(c, sec, c->stray);
	} else {
		add_mistake(c, sec->line, fmt, ap);
		if (strcmp(fmt, "found duplicate title '%s'") != 0)
			return;
		c->stray = xstrdup("");
	}
	c->stray_line = sec->line;
	c->stray_in = sec;
}

/* libConfuse calls this after each value it has set: note where it stood. */
static int
on_value(cfg_t *sec, cfg_opt_t *opt)
{
	struct conf *c = parsing;
	unsigned index = cfg_opt_size(opt);
	const struct place *last;

	index = index > 0 ? index - 1 : 0;
	last = c->nplace > 0 ? &c->place[c->nplace - 1] : NULL;
	/* it calls once more at a list's closing brace */
	if (last != NULL && last->opt == opt && last->index == index &&
	    (opt->flags & CFGF_LIST) != 0)
		return 0;
	c->place = xreallocarray(c->place, c->nplace + 1, sizeof *c->place);
	c->place[c->nplace].opt = opt;
	c->place[c->nplace].index = index;
	c->place[c->nplace++].line = sec->line;
	return 0;
}

static int
on_section_end(cfg_t *sec, cfg_opt_t *opt)
{
	(void)sec;
	conf_stash_take(&parsing->stash, opt);
	return 0;
}

static void
watch_values(cfg_opt_t *opts)
{
	for (; opts->name != NULL; opts++) {
		opts->validcb = on_value;
		if (opts->type != CFGT_SEC)
			continue;
		opts->validcb = on_section_end;
		watch_values(opts->subopts);
	}
}

/* Takes the statement that stopped the parse out, to go on to the next
 * mistake; false if it cannot be found. */
static bool
blank_stray(struct conf *c)
{
	if (*c->stray != '\0')
		return conf_scan_blank(c->text.p, c->stray_line, c->stray);
	/* a section's title that is there already */
	for (const cfg_opt_t *o = c->stray_in->opts; o->name != NULL; o++)
		if (o->type == CFGT_SEC &&
		    conf_scan_blank(c->text.p, c->stray_line, o->name))
			return true;
	return false;
}

/* One pass; true when there is nothing more to find out. */
static bool
parse_once(struct conf *c)
{
	int rc, unclosed;

	if (c->cfg != NULL)
		cfg_free(c->cfg);
	free(c->place);
	c->place = NULL;
	c->nplace = 0;
	free(c->stray);
	c->stray = NULL;
	conf_stash_free(&c->stash);
	if ((c->cfg = cfg_init(c->opts, CFGF_NONE)) == NULL)
		return true;
	cfg_set_error_function(c->cfg, on_error);
	rc = cfg_parse_buf(c->cfg, buf_str(&c->text));
	conf_stash_return(&c->stash);
	if (rc == CFG_SUCCESS) {
		unclosed = conf_scan_unclosed(buf_str(&c->text));
		if (unclosed > 0)
			mistake(c, unclosed, "no } closes this {");
		c->parsed = unclosed == 0;
		return true;
	}
	if (c->stray == NULL) {
		if (c->nmistake == 0)
			mistake(c, 0, "cannot be parsed");
		return true;
	}
	return !blank_stray(c);
}

static int
by_key(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->opt != y->opt)
		return (uintptr_t)x->opt < (uintptr_t)y->opt ? -1 : 1;
	if (x->index != y->index)
		return x->index < y->index ? -1 : 1;
	return (x->line > y->line) - (x->line < y->line);
}

/* A file of 10,000 sites has 50,000 values: they are sorted, not searched. */
static void
find_twice(struct conf *c)
{
	const struct place *p = c->place;

	if (c->nplace > 0)
		qsort(c->place, c->nplace, sizeof *c->place, by_key);
	for (size_t i = 1; i < c->nplace; i++)
		if (p[i].opt == p[i - 1].opt &&
		    (p[i].opt->flags & CFGF_LIST) == 0)
			mistake(c, p[i].line,
			    "\"%s\" is given twice; the "
			    "first is on line %d",
			    p[i].opt->name, p[i - 1].line);
}

/* The way to the section that the scan has just entered. */
struct way {
	cfg_t *sec[CONF_DEPTH + 1];
	unsigned next[CONF_DEPTH + 1][CONF_KEYS]; /* of each name */
	size_t depth; /* sec[depth] is NULL if libConfuse does not know it */
};

static void
enter(struct way *w, size_t depth, cfg_t *sec)
{
	w->depth = depth;
	w->sec[depth] = sec;
	memset(w->next[depth], 0, sizeof w->next[depth]);
	/* libConfuse makes an untitled section even when it is not there */
	for (cfg_opt_t *o = sec != NULL ? sec->opts : NULL;
	     o != NULL && o->name != NULL; o++)
		if (o->type == CFGT_SEC && (o->flags & CFGF_MULTI) == 0 &&
		    cfg_opt_getnsec(o, 0) != NULL)
			cfg_opt_getnsec(o, 0)->line = 0;
}

/* libConfuse leaves the line where a section ended: put where it began.
 * Sections of one name are parsed in the order of the file. */
static void
on_section(void *arg, size_t depth, const char *name, size_t n, int line)
{
	struct way *w = arg;
	cfg_t *in, *sec = NULL;
	unsigned i, size;

	if (depth >= CONF_DEPTH || depth > w->depth)
		return;
	in = w->sec[depth];
	for (i = 0; in != NULL && i < CONF_KEYS && in->opts[i].name != NULL;
	     i++) {
		cfg_opt_t *o = &in->opts[i];

		if (o->type != CFGT_SEC || strlen(o->name) != n ||
		    memcmp(o->name, name, n) != 0)
			continue;
		size = cfg_opt_size(o);
		if (w->next[depth][i] < size)
			sec = cfg_opt_getnsec(o, w->next[depth][i]++);
	}
	enter(w, depth + 1, sec);
	if (sec != NULL)
		sec->line = line;
}

static void
find_lines(struct conf *c)
{
	struct way w;

	enter(&w, 0, c->cfg);
	conf_scan_sections(buf_str(&c->text), on_section, &w);
}

/* As libConfuse would have it. */
static void
on_title_twice(void *arg, const cfg_t *again)
{
	mistake(arg, again->line, "found duplicate title '%s'", again->title);
}

static void
parse_all(struct conf *c)
{
	parsing = c;
	for (int i = 0;; i++) {
		if (parse_once(c))
			break;
		if (i < CONF_UNKNOWN_MAX)
			continue;
		mistake(c, c->stray_line,
		    "too many unknown keys; the rest "
		    "was not checked");
		break;
	}
	parsing = NULL;
	if (c->parsed) {
		find_twice(c);
		find_lines(c);
		conf_stash_twice(&c->stash, on_title_twice, c);
	}
}

struct conf *
conf_open(const char *path, cfg_opt_t *opts, enum conf_unknown unknown)
{
	struct conf *c = xcalloc(1, sizeof *c);
	const char *names[CONF_KEYS];

	c->path = xstrdup(path);
	c->opts = opts;
	buf_init(&c->text, CONF_MAX);
	watch_values(opts);
	if (!file_slurp(path, &c->text)) {
		mistake(c, 0, "cannot be read: %s", strerror(errno));
		return c;
	}
	if (strlen(buf_str(&c->text)) != c->text.len) {
		mistake(c, 0, "holds a NUL byte; expected plain text");
		return c;
	}
	if (c->text.len == 0)
		buf_addc(&c->text, '\n');
	if (unknown == CONF_SKIP_UNKNOWN)
		conf_scan_keep(c->text.p, names, key_names(opts, names));
	parse_all(c);
	return c;
}

void
conf_close(struct conf *c)
{
	if (c == NULL)
		return;
	if (c->cfg != NULL)
		cfg_free(c->cfg);
	for (size_t i = 0; i < c->nmistake; i++)
		free(c->mistake[i].text);
	free(c->mistake);
	free(c->place);
	free(c->stray);
	conf_stash_free(&c->stash);
	buf_free(&c->text);
	free(c->path);
	free(c);
}

cfg_t *
conf_root(struct conf *c)
{
	return c->parsed ? c->cfg : NULL;
}

int
conf_line(const struct conf *c, cfg_t *sec, const char *key, unsigned index)
{
	cfg_opt_t *opt = key != NULL ? cfg_getopt(sec, key) : NULL;
	int line = 0;

	for (size_t i = 0; opt != NULL && i < c->nplace; i++)
		if (c->place[i].opt == opt && c->place[i].index <= index)
			line = c->place[i].line;
	return line == 0 && sec != c->cfg ? sec->line : line;
}

void
conf_error(struct conf *c, cfg_t *sec, const char *key, unsigned index,
    const char *fmt, ...)
{
	int line = conf_line(c, sec, key, index);
	va_list ap;

	va_start(ap, fmt);
	add_mistake(c, line, fmt, ap);
	va_end(ap);
}

size_t
conf_errors(const struct conf *c)
{
	return c->nmistake;
}

static int
by_line(const void *a, const void *b)
{
	const struct mistake *x = a, *y = b;

	return x->line != y->line ? (x->line > y->line) - (x->line < y->line) :
				    strcmp(x->text, y->text);
}

void
conf_print_errors(const struct conf *c, FILE *to)
{
	struct buf b;

	if (c->nmistake > 1)
		qsort(c->mistake, c->nmistake, sizeof *c->mistake, by_line);
	buf_init(&b, CONF_MAX);
	for (size_t i = 0; i < c->nmistake; i++) {
		buf_reset(&b);
		text_clean(&b, c->path, strlen(c->path), TEXT_LINE);
		if (c->mistake[i].line > 0)
			buf_addf(&b, ":%d", c->mistake[i].line);
		buf_adds(&b, ": ");
		text_clean(&b, c->mistake[i].text, strlen(c->mistake[i].text),
		    TEXT_LINE);
		fprintf(to, "%s\n", buf_str(&b));
	}
	buf_free(&b);
}

const char *
conf_string(struct conf *c, cfg_t *sec, const char *key)
{
	const char *s = cfg_getstr(sec, key);

	if (s != NULL && *s == '\0') {
		conf_error(c, sec, key, 0, "\"%s\" is empty", key);
		return NULL;
	}
	return s;
}

void
conf_bool(struct conf *c, cfg_t *sec, const char *key, bool *out)
{
	const char *s = conf_string(c, sec, key);
	int v;

	if (s == NULL)
		return;
	v = cfg_parse_boolean(s);
	if (v != cfg_true && v != cfg_false)
		conf_error(c, sec, key, 0, "%s = \"%s\": expected yes or no",
		    key, s);
	else
		*out = v == cfg_true;
}

void
conf_duration(struct conf *c, cfg_t *sec, const char *key, int64_t min,
    int64_t *out)
{
	const char *s = conf_string(c, sec, key);
	int64_t v;

	if (s == NULL)
		return;
	if (!conf_parse_duration(s, &v))
		conf_error(c, sec, key, 0,
		    "%s = \"%s\": expected a duration "
		    "such as 90s, 5m, 2h or 3d",
		    key, s);
	else if (v < min)
		conf_error(c, sec, key, 0,
		    "%s = \"%s\": expected at least "
		    "%llds",
		    key, s, (long long)min);
	else
		*out = v;
}

void
conf_size(struct conf *c, cfg_t *sec, const char *key, int64_t max,
    int64_t *out)
{
	const char *s = conf_string(c, sec, key);
	int64_t v;

	if (s == NULL)
		return;
	if (!conf_parse_size(s, &v))
		conf_error(c, sec, key, 0,
		    "%s = \"%s\": expected a size such as 300, 64k, 10M or 2G", key,
		    s);
	else if (v > max)
		conf_error(c, sec, key, 0,
		    "%s = \"%s\": expected at most %lld bytes", key, s,
		    (long long)max);
	else
		*out = v;
}

bool
conf_word(struct conf *c, cfg_t *sec, const char *key, const char *const *words,
    int *out)
{
	const char *s = conf_string(c, sec, key);
	struct buf all;
	size_t i;

	if (s == NULL)
		return false;
	for (i = 0; words[i] != NULL; i++)
		if (strcmp(words[i], s) == 0) {
			*out = (int)i;
			return true;
		}
	buf_init(&all, 1000);
	for (i = 0; words[i] != NULL; i++)
		buf_addf(&all, "%s%s",
		    i == 0                   ? "" :
			words[i + 1] == NULL ? " or " :
					       ", ",
		    words[i]);
	conf_error(c, sec, key, 0, "%s = \"%s\": expected %s", key, s,
	    buf_str(&all));
	buf_free(&all);
	return false;
}

const char *
conf_check_abs_path(const char *s)
{
	return *s == '/' ? NULL : "expected a path that begins with /";
}

const char *
conf_check_address(const char *s)
{
	enum addr_reason r = addr_check(s);

	return r == ADDR_OK ? NULL : addr_reason_text(r);
}

void
conf_abs_path(struct conf *c, cfg_t *sec, const char *key, char **out)
{
	const char *s = conf_string(c, sec, key), *what;

	if (s == NULL)
		return;
	if ((what = conf_check_abs_path(s)) != NULL) {
		conf_error(c, sec, key, 0, "%s = \"%s\": %s", key, s, what);
		return;
	}
	free(*out);
	*out = xstrdup(s);
}

void
conf_list(struct conf *c, cfg_t *sec, const char *key,
    const char *(*check)(const char *), char ***out, size_t *n)
{
	unsigned size = cfg_size(sec, key);
	const char *s, *what;

	*out = xcalloc(size + 1, sizeof **out);
	*n = 0;
	for (unsigned i = 0; i < size; i++) {
		s = cfg_getnstr(sec, key, i);
		if (s == NULL || (what = check(s)) == NULL)
			(*out)[(*n)++] = xstrdup(s != NULL ? s : "");
		else
			conf_error(c, sec, key, i, "%s: \"%s\": %s", key, s,
			    what);
	}
}

void
conf_list_free(char **list, size_t n)
{
	for (size_t i = 0; list != NULL && i < n; i++)
		free(list[i]);
	free(list);
}
