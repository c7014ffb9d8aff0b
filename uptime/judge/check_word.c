/* SPDX-License-Identifier: ISC */
/* Words that say something good, and whose negation contains them. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "uptime/judge/check.h"

/*
 * A word that begins with one of these, and how a negation of it begins.
 * Something else ("Welcome to") has none that a broken page would show.
 */
static const struct {
	const char *stem, *prefix;
} stems[] = {
	{ "acceptable", "un" },
	{ "accessible", "in" },
	{ "active", "in" },
	{ "alive", "not " },
	{ "authorized", "un" },
	{ "available", "un" },
	{ "complete", "in" },
	{ "connected", "dis" },
	{ "consistent", "in" },
	{ "correct", "in" },
	{ "done", "not " },
	{ "enabled", "not " },
	{ "error", "no " },
	{ "existent", "non-" },
	{ "failed", "not " },
	{ "failure", "no " },
	{ "finished", "un" },
	{ "fine", "not " },
	{ "found", "not " },
	{ "functional", "non-" },
	{ "good", "not " },
	{ "healthy", "un" },
	{ "initialized", "un" },
	{ "known", "un" },
	{ "live", "not " },
	{ "loaded", "un" },
	{ "mounted", "un" },
	{ "normal", "not " },
	{ "ok", "not " },
	{ "online", "not " },
	{ "open", "not " },
	{ "operational", "non-" },
	{ "pass", "not " },
	{ "problem", "no " },
	{ "reachable", "un" },
	{ "ready", "not " },
	{ "responding", "not " },
	{ "responsive", "un" },
	{ "running", "not " },
	{ "stable", "un" },
	{ "started", "not " },
	{ "success", "un" },
	{ "synced", "not " },
	{ "synchron", "un" },
	{ "true", "un" },
	{ "up", "not " },
	{ "usable", "un" },
	{ "valid", "in" },
	{ "working", "not " },
};

/* Short words are themselves only: "up" is no beginning of "update". */
static bool
begins_with(const char *word, const char *stem)
{
	size_t n = strlen(stem);

	return strncasecmp(word, stem, n) == 0 &&
	    (n > 4 || !isalpha((unsigned char)word[n]));
}

const char *
check_word_trap(const char *word, char *buf, size_t n)
{
	bool capital = isupper((unsigned char)word[0]);
	const char *prefix = NULL;
	size_t digits = strspn(word, "0123456789");

	/* "10 errors" has "0 errors" in it */
	if (digits > 0 && word[digits] == ' ' &&
	    isalpha((unsigned char)word[digits + 1])) {
		snprintf(buf, n, "1%s", word);
		return buf;
	}
	for (size_t i = 0; i < sizeof stems / sizeof *stems; i++)
		if (begins_with(word, stems[i].stem)) {
			prefix = stems[i].prefix;
			break;
		}
	if (prefix == NULL)
		return NULL;
	if (strcmp(word, "success") == 0)
		return "unsuccessful";
	if (strncmp(word, "success", 7) == 0 &&
	    !isalpha((unsigned char)word[7]))
		prefix = "no ";
	/* "Unhealthy" has no "Healthy" in it */
	if (capital && strchr(prefix, ' ') == NULL)
		prefix = "not ";
	if (capital)
		prefix = isupper((unsigned char)word[1]) ? "NOT " : "Not ";
	snprintf(buf, n, "%s%s", prefix, word);
	return buf;
}
