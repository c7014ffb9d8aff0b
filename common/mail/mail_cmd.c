/* SPDX-License-Identifier: ISC */
/* The commands of sitewatch-mail. */
#include "common/mail/mail_cmd.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/hash.h"
#include "common/base/log.h"
#include "common/base/xmem.h"
#include "common/host/addr.h"
#include "common/host/db.h"
#include "common/host/out.h"
#include "common/mail/deliver.h"
#include "common/mail/mail_conf.h"
#include "common/mail/message.h"
#include "common/mail/outbox.h"
#include "common/mail/transport.h"

bool
mail_cmd_has_state(const struct mail_cmd *cmd)
{
	return access(cmd->state, F_OK) == 0 || errno != ENOENT;
}

/* NULL if there is no state; none is made. */
static struct db *
open_state(const struct mail_cmd *cmd, enum db_mode mode)
{
	if (!mail_cmd_has_state(cmd))
		return NULL;
	return db_open(cmd->state, mode, &outbox_schema, 1);
}

/* What could not be printed was not done. */
static int
close_listing(struct out *out)
{
	if (out_close(out) && fflush(stdout) == 0)
		return EX_OK;
	log_error("standard output: %m");
	return EX_IOERR;
}

static int
show_due(struct db *db)
{
	static const struct out_column column[] = {
		{ "id", "ID", OUT_INT },
		{ "to", "TO", OUT_TEXT },
		{ "subject", "SUBJECT", OUT_TEXT },
	};
	struct out *out = out_open(stdout, false, column, 3);
	struct outbox_item item;
	int64_t after = 0;
	size_t i;

	while (outbox_next(db, clock_now(), after, &item)) {
		after = item.id;
		for (i = 0; i < item.n; i++) {
			out_int(out, 0, item.id);
			out_string(out, 1, item.env[i].to);
			out_string(out, 2, item.subject);
			out_row(out);
		}
		outbox_item_free(&item);
	}
	return close_listing(out);
}

int
mail_cmd_deliver(const struct mail_cmd *cmd)
{
	struct db *db = open_state(cmd, cmd->dry_run ? DB_READ : DB_WRITE);
	int status = EX_OK;

	if (db == NULL)
		return EX_OK;
	if (cmd->dry_run)
		status = show_due(db);
	else if (deliver_run(db, cmd->conf) == DELIVER_WAITING)
		status = EX_TEMPFAIL;
	db_backup(db, clock_now());
	db_close(db);
	return status;
}

enum list_column {
	LIST_ID,
	LIST_MADE,
	LIST_TO,
	LIST_STATE,
	LIST_TRIES,
	LIST_NEXT,
	LIST_SUBJECT,
	LIST_WHY,
	LIST_MSGID,
	LIST_COLUMNS
};

static void
show_row(void *arg, const struct outbox_row *r)
{
	struct out *out = arg;

	out_int(out, LIST_ID, r->id);
	out_int(out, LIST_MADE, r->created);
	out_string(out, LIST_TO, r->to);
	out_string(out, LIST_STATE, r->state);
	out_int(out, LIST_TRIES, r->attempt);
	if (r->next_try != 0)
		out_int(out, LIST_NEXT, r->next_try);
	out_string(out, LIST_SUBJECT, r->subject);
	if (*r->why != '\0')
		out_string(out, LIST_WHY, r->why);
	out_string(out, LIST_MSGID, r->msgid);
	out_row(out);
}

int
mail_cmd_list(const struct mail_cmd *cmd)
{
	static const struct out_column column[LIST_COLUMNS] = {
		[LIST_ID] = { "id", "ID", OUT_INT },
		[LIST_MADE] = { "made", "MADE", OUT_TIME },
		[LIST_TO] = { "to", "TO", OUT_TEXT },
		[LIST_STATE] = { "state", "STATE", OUT_TEXT },
		[LIST_TRIES] = { "tries", "TRIES", OUT_INT },
		[LIST_NEXT] = { "next_try", "NEXT TRY", OUT_TIME },
		[LIST_SUBJECT] = { "subject", "SUBJECT", OUT_TEXT },
		[LIST_WHY] = { "why", "WHY", OUT_TEXT },
		[LIST_MSGID] = { "msgid", NULL, OUT_TEXT },
	};
	struct db *db = open_state(cmd, DB_READ);
	struct out *out = out_open(stdout, cmd->json, column, LIST_COLUMNS);

	if (db != NULL)
		outbox_list(db, show_row, out);
	db_close(db);
	return close_listing(out);
}

int
mail_cmd_flush(const struct mail_cmd *cmd)
{
	struct db *db = open_state(cmd, cmd->dry_run ? DB_SCRATCH : DB_WRITE);
	int status = EX_OK;
	int64_t n;

	if (db == NULL)
		return EX_OK;
	db_begin(db);
	n = outbox_flush(db, clock_now());
	db_commit(db);
	log_info("%" PRId64 " made due", n);
	if (cmd->dry_run)
		status = show_due(db);
	else if (deliver_run(db, cmd->conf) == DELIVER_WAITING)
		status = EX_TEMPFAIL;
	db_close(db);
	return status;
}

/* False if it is no number; ids begin at 1. */
static bool
parse_id(const char *s, int64_t *id)
{
	char *end;

	errno = 0;
	*id = strtoll(s, &end, 10);
	return errno == 0 && *s != '\0' && *end == '\0' && *id > 0;
}

int
mail_cmd_drop(const struct mail_cmd *cmd, const char *which)
{
	struct db *db;
	int64_t id = 0, n = 0;

	if (strcmp(which, "all") != 0 && !parse_id(which, &id)) {
		log_error("drop %s: expected an id from `list`, or all", which);
		return EX_USAGE;
	}
	db = open_state(cmd, cmd->dry_run ? DB_SCRATCH : DB_WRITE);
	if (db != NULL) {
		db_begin(db);
		n = outbox_drop(db, id);
		db_commit(db);
		db_close(db);
	}
	if (n == 0 && id != 0) {
		log_error("drop %s: no such mail waits or failed", which);
		return EX_USAGE;
	}
	log_info("%" PRId64 " dropped", n);
	return EX_OK;
}

/* ---- test ---- */

static const char test_body[] =
    "This is a test of how sitewatch sends mail.  If you read it, its mail\n"
    "{ } section is right, and what it has to say will reach you.\n";

/* A Message-ID that no other test has. */
static char *
make_msgid(const struct mail_conf *conf)
{
	char hex[HASH_TEXT];
	char *key = xasprintf("test %" PRId64 " %" PRId64 " %ld", clock_now(),
	    clock_mono(), (long)getpid());
	char *id;

	hash_hex(hash_bytes(key, strlen(key)), hex);
	id = xasprintf("test.%s@%s", hex, conf->hostname);
	free(key);
	return id;
}

/* One line a recipient, with the relay's words; the worst is the status. */
static int
show_results(const struct transport_mail *mail,
    const struct transport_result *r, const char *const *via)
{
	static const char *const word[] = {
		[TRANSPORT_OK] = "taken",
		[TRANSPORT_TEMPFAIL] = "not now",
		[TRANSPORT_PERMFAIL] = "refused",
	};
	int status = EX_OK;
	size_t i;

	for (i = 0; i < mail->nto; i++) {
		printf("%s: %s: %s: %s\n", mail->to[i], word[r[i].status],
		    via[i], r[i].text);
		if (r[i].status == TRANSPORT_PERMFAIL)
			status = EX_UNAVAILABLE;
		else if (r[i].status == TRANSPORT_TEMPFAIL && status == EX_OK)
			status = EX_TEMPFAIL;
	}
	if (fflush(stdout) != 0)
		status = EX_IOERR;
	return status;
}

static int
send_test(const struct mail_conf *conf, const char *const *to, size_t n)
{
	struct transport_result *result = xcalloc(n, sizeof *result);
	const char **via = xcalloc(n, sizeof *via);
	char *id = make_msgid(conf);
	struct message m = {
		.from = conf->from,
		.from_name = "sitewatch",
		.to = to,
		.nto = n,
		.subject = "sitewatch: a test of mail",
		.msgid = id,
		.date = clock_now(),
		.body = test_body,
		.nbody = sizeof test_body - 1,
	};
	struct transport_mail mail = {
		.from = conf->from,
		.to = to,
		.nto = n,
		.msgid = id,
		.created = m.date,
		.report = -1,
	};
	struct buf data;
	int status;

	buf_init(&data, SIZE_MAX);
	message_compose(&data, &m);
	mail.data = data.p;
	mail.len = data.len;
	deliver_now(conf, &mail, result, via);
	status = show_results(&mail, result, via);
	buf_free(&data);
	free(id);
	free(via);
	free(result);
	return status;
}

int
mail_cmd_test(const struct mail_cmd *cmd, const char *address)
{
	const char *const *to = (const char *const *)cmd->conf->admin;
	size_t n = cmd->conf->nadmin, i;

	if (address != NULL) {
		if (addr_check(address) != ADDR_OK) {
			log_error("test %s: %s", address,
			    addr_reason_text(addr_check(address)));
			return EX_USAGE;
		}
		to = &address;
		n = 1;
	}
	if (n == 0) {
		log_error("test: expected an ADDRESS, or admin = {…} in the "
			  "configuration");
		return EX_USAGE;
	}
	if (!cmd->dry_run)
		return send_test(cmd->conf, to, n);
	for (i = 0; i < n; i++)
		printf("%s: sitewatch: a test of mail\n", to[i]);
	return EX_OK;
}
