/* SPDX-License-Identifier: ISC */
/*
 * A configuration file, read strictly with libConfuse: every error is kept
 * with its line, all of a file are told in one go, nothing unknown passes.
 * Every key is declared as CFG_STR or CFG_STR_LIST and converted here, so
 * that a bad value does not end the parse.
 */
#ifndef COMMON_HOST_CONF_H
#define COMMON_HOST_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <confuse.h>

struct conf;

enum conf_unknown {
	CONF_STRICT,
	CONF_SKIP_UNKNOWN /* top-level keys that are another program's */
};

/* Never NULL, but check conf_errors.  A file that cannot be read is an error
 * like any other.  opts is copied by libConfuse. */
struct conf *conf_open(const char *path, cfg_opt_t *opts, enum conf_unknown);
void conf_close(struct conf *);
/* NULL if the file could not be read, or not be parsed to its end. */
cfg_t *conf_root(struct conf *);

/*
 * What is wrong and what was expected, at the value of a key (index: which
 * one of a list); key NULL: at the section's beginning.
 */
void conf_error(struct conf *, cfg_t *sec, const char *key, unsigned index,
    const char *, ...) __attribute__((format(printf, 5, 6)));
/* The line that conf_error would name; 0: the file as a whole. */
int conf_line(const struct conf *, cfg_t *sec, const char *key, unsigned index);
size_t conf_errors(const struct conf *);
/* All of them, "file:line: text", in the order of lines. */
void conf_print_errors(const struct conf *, FILE *);

/*
 * Values.  When the key is not set the result is left alone (false, where
 * there is something to return); a bad value is an error and leaves it alone
 * as well.
 */
const char *conf_string(struct conf *, cfg_t *, const char *key);
void conf_bool(struct conf *, cfg_t *, const char *key, bool *);
/* "90s", "5m", "2h", "3d"; seconds; at least min. */
void conf_duration(struct conf *, cfg_t *, const char *key, int64_t min,
    int64_t *);
/* The index of the word among the NULL-ended ones. */
bool conf_word(struct conf *, cfg_t *, const char *key,
    const char *const *words, int *);
/* A path that begins with '/'; copied. */
void conf_abs_path(struct conf *, cfg_t *, const char *key, char **);
/* A list, copied; each value must pass check, which returns NULL or what is
 * wrong with it.  NULL-ended; *n without the NULL. */
void conf_list(struct conf *, cfg_t *, const char *key,
    const char *(*check)(const char *), char ***, size_t *n);
const char *conf_check_address(const char *);
const char *conf_check_abs_path(const char *);
void conf_list_free(char **, size_t);

/* "300", "64k", "10M", "1G"; bytes. */
void conf_size(struct conf *, cfg_t *, const char *key, int64_t max, int64_t *);
/* Pure: the text of a size; false if it is none or overflows. */
bool conf_parse_size(const char *, int64_t *);
/* Pure: "5m" -> 300; false if it is no duration or overflows. */
bool conf_parse_duration(const char *, int64_t *);

#endif
