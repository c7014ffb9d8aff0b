/* SPDX-License-Identifier: ISC */
/* An overview as a page of HTML. */
#include "watchdog/tell/overview_page.h"

#include <string.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/text.h"
#include "watchdog/tell/overview.h"

#define MESSAGE 300 /* characters of a message */
#define SECTIONS 100
#define CHART_W 720 /* units of the large graph */
#define CHART_H 120
#define SPARK_W 112
#define SPARK_H 20

static const char head[] =
    "<!DOCTYPE html>\n"
    "<html lang=\"en\">\n"
    "<head>\n"
    "<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n"
    "<meta name=\"robots\" content=\"noindex\">\n"
    "<meta http-equiv=\"Content-Security-Policy\""
    " content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
    "<style>\n"
    ":root { color-scheme: light dark; --bar: #3b6ea8; --new: #b3261e;\n"
    "  --dim: #707070; --line: #8884 }\n"
    "@media (prefers-color-scheme: dark) {\n"
    "  :root { --bar: #7fb0e6; --new: #ff8a80; --dim: #a0a0a0 } }\n"
    "body { font: 16px/1.45 system-ui, sans-serif; max-width: 60rem;\n"
    "  margin: 1.5rem auto; padding: 0 1rem }\n"
    "h1 { font-size: 1.4rem } h2 { font-size: 1.1rem; margin-top: 2rem }\n"
    "table { border-collapse: collapse; width: 100% }\n"
    "th, td { text-align: left; vertical-align: top;\n"
    "  padding: .3rem .8rem .3rem 0; border-top: 1px solid var(--line) }\n"
    "th { font-weight: 600; border-top: 0; color: var(--dim) }\n"
    ".n { text-align: right; font-variant-numeric: tabular-nums;\n"
    "  white-space: nowrap }\n"
    ".dim { color: var(--dim); font-size: .85rem }\n"
    ".new { color: var(--new); font-weight: 600 }\n"
    ".what { overflow-wrap: anywhere }\n"
    "pre { white-space: pre-wrap; overflow-wrap: anywhere;\n"
    "  font-size: .8rem }\n"
    "summary { cursor: pointer }\n"
    "svg { display: block; fill: var(--bar); max-width: 100% }\n"
    "</style>\n";

/* Cleaned, and what HTML would read otherwise written as it is meant. */
static void
add_text(struct buf *b, const char *p, size_t n, size_t max,
    enum text_mode mode)
{
	struct buf clean;
	const char *s;

	buf_init(&clean, SIZE_MAX);
	if (mode == TEXT_LINE)
		text_shorten(&clean, p, n, max);
	else
		text_clean(&clean, p, n, mode);
	for (s = buf_str(&clean); *s != '\0'; s++)
		switch (*s) {
		case '&':
			buf_adds(b, "&amp;");
			break;
		case '<':
			buf_adds(b, "&lt;");
			break;
		case '>':
			buf_adds(b, "&gt;");
			break;
		case '"':
			buf_adds(b, "&quot;");
			break;
		default:
			buf_addc(b, *s);
		}
	buf_free(&clean);
}

static void
add_string(struct buf *b, const char *s, size_t max)
{
	add_text(b, s, strlen(s), max, TEXT_LINE);
}

static void
add_number(struct buf *b, int64_t n)
{
	char text[32];

	buf_adds(b, text_count(text, n));
}

static void
add_cell(struct buf *b, int64_t n)
{
	buf_adds(b, "<td class=\"n\">");
	add_number(b, n);
	buf_adds(b, "</td>");
}

static int64_t
largest(const int64_t *bin, size_t n)
{
	int64_t most = 1;

	for (size_t i = 0; i < n; i++)
		if (bin[i] > most)
			most = bin[i];
	return most;
}

/* Bars; each says its hour and number when it is pointed at, if told so. */
static void
add_bars(struct buf *b, const struct overview *o, const int64_t *bin, int width,
    int height, bool titles)
{
	int64_t most = largest(bin, o->nbin), h;
	int step = width / (int)o->nbin;
	char when[CLOCK_TEXT];

	buf_addf(b,
	    "<svg viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" "
	    "role=\"img\" aria-label=\"records over time\">",
	    width, height, width, height);
	for (size_t i = 0; i < o->nbin; i++) {
		/* what is there can be seen */
		h = bin[i] * height / most;
		if (bin[i] > 0 && h == 0)
			h = 1;
		if (h == 0)
			continue;
		buf_addf(b,
		    "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\">",
		    (int)i * step, height - (int)h, step > 2 ? step - 1 : step,
		    (int)h);
		if (titles)
			buf_addf(b, "<title>%s: %lld</title>",
			    clock_local((o->from + (int64_t)i * o->step) * 3600,
				when),
			    (long long)bin[i]);
		buf_adds(b, "</rect>");
	}
	buf_adds(b, "</svg>");
}

static void
add_head(struct buf *b, const struct overview *o,
    const struct overview_env *env)
{
	char from[CLOCK_TEXT], to[CLOCK_TEXT];

	buf_adds(b, head);
	buf_adds(b, "<title>Errors on ");
	add_string(b, env->host, 60);
	buf_adds(b, "</title>\n</head>\n<body>\n<h1>Errors on ");
	add_string(b, env->host, 60);
	if (env->section != NULL) {
		buf_adds(b, " in ");
		add_string(b, env->section, 60);
	}
	buf_addf(b, "</h1>\n<p>%s to %s: <b>",
	    clock_local(o->from * 3600, from), clock_local(env->now, to));
	add_number(b, o->records);
	buf_adds(b, "</b> records, ");
	add_number(b, o->before);
	buf_adds(b, " in as long a time before. <b>");
	add_number(b, o->of[NEWS_NEW]);
	buf_adds(b, "</b> groups are new, <b>");
	add_number(b, o->of[NEWS_GROWING]);
	buf_adds(b, "</b> grow, <b>");
	add_number(b, o->of[NEWS_GONE]);
	buf_adds(b, "</b> are gone.</p>\n");
	add_bars(b, o, o->bin, CHART_W, CHART_H, true);
	buf_addf(b, "<p class=\"dim\">a bar is %lld hour%s</p>\n",
	    (long long)o->step, o->step == 1 ? "" : "s");
}

static void
add_sections(struct buf *b, const struct overview *o)
{
	const struct overview_section *s = o->section;

	buf_adds(b,
	    "<h2>By section</h2>\n<table id=\"sections\">\n<tr>"
	    "<th>Section</th><th></th><th class=\"n\">Records</th>"
	    "<th class=\"n\">Before</th><th class=\"n\">Groups</th>"
	    "<th class=\"n\">New</th></tr>\n");
	for (size_t i = 0; i < o->nsection && i < SECTIONS; i++, s++) {
		buf_adds(b, "<tr><td class=\"what\">");
		if (s->name.n > 0)
			add_text(b, s->name.p, s->name.n, 80, TEXT_LINE);
		else
			buf_adds(b, "<span class=\"dim\">unknown</span>");
		buf_adds(b, "</td><td>");
		add_bars(b, o, s->bin, SPARK_W, SPARK_H, false);
		buf_adds(b, "</td>");
		add_cell(b, s->records);
		add_cell(b, s->before);
		add_cell(b, s->groups);
		add_cell(b, s->fresh);
		buf_adds(b, "</tr>\n");
	}
	buf_adds(b, "</table>\n");
	if (o->nsection > SECTIONS)
		buf_addf(b, "<p>and %zu more sections</p>\n",
		    o->nsection - SECTIONS);
}

static void
add_urls(struct buf *b, const struct overview *o)
{
	if (o->nurl == 0)
		return;
	buf_adds(b,
	    "<h2>By URL</h2>\n<table id=\"urls\">\n<tr><th>URL</th>"
	    "<th class=\"n\">Records</th></tr>\n");
	for (size_t i = 0; i < o->nurl; i++) {
		buf_adds(b, "<tr><td class=\"what\">");
		if (*o->url[i].path != '\0')
			add_string(b, o->url[i].path, 120);
		else
			buf_adds(b, "<span class=\"dim\">others</span>");
		buf_adds(b, "</td>");
		add_cell(b, o->url[i].records);
		buf_adds(b, "</tr>\n");
	}
	buf_adds(b, "</table>\n");
}

static void
add_group(struct buf *b, const struct overview *o,
    const struct overview_group *g)
{
	char first[CLOCK_TEXT], last[CLOCK_TEXT], hex[HASH_TEXT];

	buf_adds(b, "<tr><td class=\"what\">");
	if (*g->path != '\0') {
		buf_adds(b, "<b>");
		add_string(b, g->path, 100);
		buf_adds(b, "</b> ");
	}
	if (g->level != LEVEL_NONE)
		buf_addf(b, "<span class=\"dim\">%s</span>",
		    level_name(g->level));
	buf_adds(b, "<details><summary>");
	add_text(b, g->message, g->nmessage, MESSAGE, TEXT_LINE);
	buf_addf(b,
	    "</summary>\n<p class=\"dim\">first %.10s, last %s, group %.8s, ",
	    clock_rfc3339(g->first, first), clock_local(g->last, last),
	    hash_hex(g->fingerprint, hex));
	add_string(b, g->file, 200);
	buf_addf(b, " at byte %lld</p>\n<pre>", (long long)g->offset);
	add_text(b, g->sample, g->nsample, 0, TEXT_BLOCK);
	buf_adds(b, "</pre></details></td><td>");
	add_bars(b, o, g->bin, SPARK_W, SPARK_H, false);
	buf_adds(b, "</td>");
	add_cell(b, g->records);
	add_cell(b, g->before);
	buf_adds(b, "</tr>\n");
}

static void
add_groups(struct buf *b, const struct overview *o, enum news news,
    size_t *shown)
{
	static const char *const title[NEWS_KINDS] = { "New", "Growing",
		"Gone: none any more", "Known" };
	size_t hidden = 0;

	if (o->of[news] == 0)
		return;
	buf_addf(b,
	    "<h2%s>%s</h2>\n<table id=\"%s\">\n<tr><th>Group</th><th></th>"
	    "<th class=\"n\">Records</th><th class=\"n\">Before</th></tr>\n",
	    news == NEWS_NEW ? " class=\"new\"" : "", title[news],
	    news_name(news));
	for (size_t i = 0; i < o->ngroup; i++) {
		if (o->group[i].news != news)
			continue;
		if ((*shown)++ < PAGE_GROUPS)
			add_group(b, o, &o->group[i]);
		else
			hidden++;
	}
	buf_adds(b, "</table>\n");
	if (hidden > 0)
		buf_addf(b, "<p>and %zu more</p>\n", hidden);
}

void
overview_page(struct buf *b, const struct overview *o,
    const struct overview_env *env)
{
	char when[CLOCK_TEXT];
	size_t shown = 0;

	add_head(b, o, env);
	for (enum news n = NEWS_NEW; n < NEWS_GONE; n++)
		add_groups(b, o, n, &shown);
	add_sections(b, o);
	add_urls(b, o);
	add_groups(b, o, NEWS_GONE, &shown);
	add_groups(b, o, NEWS_KNOWN, &shown);
	buf_addf(b,
	    "<p class=\"dim\">site-watchdog report, %s</p>\n"
	    "</body>\n</html>\n",
	    clock_local(env->now, when));
}
