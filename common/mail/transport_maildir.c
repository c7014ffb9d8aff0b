/* SPDX-License-Identifier: ISC */
/*
 * Delivers into DIR/<address>/{tmp,new,cur}, without any server.
 *
 * A file's name comes from when the mail was made and from its Message-ID, so
 * that a retry finds what an earlier try left: under a name that is in new/ or
 * cur/ already nothing is written, and nobody gets the mail twice.
 */
#include "common/mail/transport.h"

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/base/hash.h"
#include "common/base/xmem.h"
#include "common/host/file.h"
#include "common/mail/mail_conf.h"

/* "1795243620.M0123…cdef.host".  A '/' or ':' cannot be in any part. */
static char *
make_name(const struct mail_conf *conf, const struct transport_mail *mail)
{
	char hex[HASH_TEXT];

	hash_hex(hash_bytes(mail->msgid, strlen(mail->msgid)), hex);
	return xasprintf("%lld.M%s.%s", (long long)mail->created, hex,
	    strchr(conf->hostname, ':') == NULL ? conf->hostname : "localhost");
}

static bool
make_directory(const char *path)
{
	return mkdir(path, 0700) == 0 || errno == EEXIST;
}

static bool
make_directories(const char *top, const char *dir)
{
	static const char *const sub[] = { "tmp", "new", "cur" };
	char *path;
	size_t i;
	bool ok = make_directory(top) && make_directory(dir);

	for (i = 0; ok && i < sizeof sub / sizeof *sub; i++) {
		path = xasprintf("%s/%s", dir, sub[i]);
		ok = make_directory(path);
		free(path);
	}
	return ok;
}

/* In cur/ a reader has put flags behind the name: ":2,S". */
static bool
is_read_already(const char *dir, const char *name)
{
	char *path = xasprintf("%s/cur", dir);
	DIR *d = opendir(path);
	struct dirent *e;
	size_t n = strlen(name);
	bool found = false;

	while (d != NULL && !found && (e = readdir(d)) != NULL)
		found = strncmp(e->d_name, name, n) == 0 &&
		    (e->d_name[n] == '\0' || e->d_name[n] == ':');
	if (d != NULL)
		closedir(d);
	free(path);
	return found;
}

static bool
sync_directory(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool ok = fd != -1 && fsync(fd) == 0;

	if (fd != -1)
		close(fd);
	return ok;
}

/* What the last relay adds (RFC 5321 4.4), and LF line ends as in any file. */
static bool
write_message(const char *path, const struct transport_mail *mail,
    const char *to)
{
	struct buf text;
	size_t i;
	bool ok;
	int fd;

	/* Truncated: an earlier try may have died in the middle. */
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
	    0600);
	if (fd == -1)
		return false;
	buf_init(&text, SIZE_MAX);
	buf_addf(&text, "Return-Path: <%s>\nDelivered-To: %s\n", mail->from,
	    to);
	for (i = 0; i < mail->len; i++)
		if (mail->data[i] != '\r')
			buf_addc(&text, mail->data[i]);
	ok = file_write(fd, text.p, text.len) && fsync(fd) == 0;
	/* Some file systems tell only here that the disk is full. */
	if (close(fd) == -1)
		ok = false;
	buf_free(&text);
	return ok;
}

static bool
deliver_new(const char *dir, const char *name,
    const struct transport_mail *mail, const char *to)
{
	char *tmp = xasprintf("%s/tmp/%s", dir, name);
	char *new = xasprintf("%s/new/%s", dir, name);
	char *sub = xasprintf("%s/new", dir);
	bool ok = true;

	/* It may be there without its directory having been synced. */
	if (access(new, F_OK) == -1)
		ok = write_message(tmp, mail, to) && rename(tmp, new) == 0;
	ok = ok && sync_directory(sub) && sync_directory(dir);
	free(tmp);
	free(new);
	free(sub);
	return ok;
}

static void
maildir_send(const struct mail_conf *conf, const struct mail_relay *relay,
    const struct transport_mail *mail, struct transport_result *result)
{
	char *name = make_name(conf, mail), *dir;
	size_t i;

	(void)relay;
	for (i = 0; i < mail->nto; i++) {
		/* addr_check lets no '/' and no leading '.' pass. */
		dir = xasprintf("%s/%s", conf->maildir, mail->to[i]);
		errno = 0;
		if (make_directories(conf->maildir, dir) &&
		    (is_read_already(dir, name) ||
			deliver_new(dir, name, mail, mail->to[i])))
			transport_answer(&result[i], TRANSPORT_OK, 0,
			    "%s/new/%s", dir, name);
		else
			transport_answer(&result[i], TRANSPORT_TEMPFAIL, 0,
			    "%s: %s", dir, strerror(errno));
		free(dir);
	}
	free(name);
}

const struct transport transport_maildir = { "maildir", maildir_send };
