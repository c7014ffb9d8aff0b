/* SPDX-License-Identifier: ISC */
/* The directory that holds a tool's state. */
#define _DEFAULT_SOURCE /* statfs */
#include "common/host/statedir.h"

#include <sys/stat.h>
#include <sys/vfs.h>

#include <errno.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/step.h"
#include "common/base/xmem.h"

/*
 * File systems whose server may be shared or away.  The numbers are not in
 * linux/magic.h for all of them.
 */
static const struct {
	uint32_t type;
	const char *name;
} remote[] = {
	{ 0x00006969, "NFS" },
	{ 0x0000517b, "SMB" },
	{ 0xff534d42, "CIFS" },
	{ 0xfe534d42, "SMB2" },
	{ 0x01021997, "9p" },
	{ 0x65735546, "FUSE" },
	{ 0x5346414f, "AFS" },
	{ 0x6b414653, "AFS" },
	{ 0x73757245, "Coda" },
	{ 0x0000564c, "NCP" },
	{ 0x00c36400, "Ceph" },
	{ 0x0bd00bd0, "Lustre" },
	{ 0x47504653, "GPFS" },
	{ 0x01161970, "GFS2" },
	{ 0x7461636f, "OCFS2" },
	{ 0x19830326, "BeeGFS" },
	{ 0xaad7aaea, "PanFS" },
	{ 0x786f4256, "vboxsf" },
	{ 0xbacbacbc, "vmhgfs" },
	{ 0x7c7c6673, "prl_fs" },
};

static char *
directory_of(const char *file)
{
	const char *slash = strrchr(file, '/');

	if (slash == NULL)
		return xstrdup(".");
	while (slash > file && slash[-1] == '/')
		slash--;
	return slash == file ? xstrdup("/") :
			       xstrndup(file, (size_t)(slash - file));
}

static char *
check_local(const char *dir)
{
	const char *any = getenv("SITEWATCH_ANY_FS");
	struct statfs fs;
	size_t i;

	if (any != NULL && strcmp(any, "1") == 0)
		return NULL;
	if (statfs(dir, &fs) == -1)
		return xasprintf("%s: its file system cannot be asked: %s", dir,
		    strerror(errno));
	for (i = 0; i < sizeof remote / sizeof *remote; i++)
		if ((uint32_t)fs.f_type == remote[i].type)
			return xasprintf(
			    "%s: is on %s, where locks and fsync"
			    " cannot be relied on; keep the state on a local"
			    " file system, or set SITEWATCH_ANY_FS=1",
			    dir, remote[i].name);
	return NULL;
}

static char *
check_directory(const char *dir)
{
	struct stat st;

	if (stat(dir, &st) == -1)
		return xasprintf("%s: %s; make it with: install -d -m 700 %s",
		    dir, strerror(errno), dir);
	if (!S_ISDIR(st.st_mode))
		return xasprintf("%s: is no directory; move it away", dir);
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return xasprintf("%s: belongs to user %u; it must be ours (%u)"
				 " or root's",
		    dir, (unsigned)st.st_uid, (unsigned)geteuid());
	/* The sticky bit of /tmp would still let others make files there. */
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return xasprintf("%s: others can write there (mode %03o); use"
				 " a directory of its own, or: chmod go-w %s",
		    dir, (unsigned)st.st_mode & 0777, dir);
	return check_local(dir);
}

char *
statedir_check(const char *file)
{
	char *dir = directory_of(file);
	char *wrong = check_directory(dir);

	free(dir);
	return wrong;
}

static const char *
home(void)
{
	const char *dir = getenv("HOME");
	const struct passwd *pw;

	if (dir != NULL && dir[0] == '/')
		return dir;
	pw = getpwuid(geteuid());
	return pw != NULL ? pw->pw_dir : "/";
}

/* $variable/sitewatch or ~/instead/sitewatch; a relative one does not count
 * (XDG Base Directory Specification 0.8). */
static char *
xdg_directory(const char *variable, const char *instead)
{
	const char *dir = getenv(variable);

	if (dir != NULL && dir[0] == '/')
		return xasprintf("%s/sitewatch", dir);
	return xasprintf("%s/%s/sitewatch", home(), instead);
}

static bool
make(const char *dir)
{
	/* Asked first: a run that finds everything in its place writes
	 * nothing, and tries nothing that would. */
	if (access(dir, F_OK) == 0)
		return true;
	if (mkdir(dir, 0700) == -1)
		return errno == EEXIST;
	STEP("statedir:made");
	return true;
}

static bool
make_all(const char *dir)
{
	char *part = xstrdup(dir), *slash = part;
	bool ok = true;

	while (ok && (slash = strchr(slash + 1, '/')) != NULL) {
		*slash = '\0';
		ok = make(part);
		*slash = '/';
	}
	ok = ok && make(part);
	free(part);
	return ok;
}

char *
statedir_prepare(const char *file)
{
	char *dir = directory_of(file), *wrong;
	char *xdg = xdg_directory("XDG_STATE_HOME", ".local/state");
	bool ok;

	/* A mistyped path must not grow a tree; the place that we chose
	 * ourselves may. */
	ok = strcmp(dir, xdg) == 0 ? make_all(dir) : make(dir);
	wrong = ok ? check_directory(dir) :
		     xasprintf("%s: cannot be made: %s; make it, or name"
			       " another place for the state",
			 dir, strerror(errno));
	free(xdg);
	free(dir);
	return wrong;
}

/* systemd names several with a colon between them; the first is ours. */
static char *
systemd_directory(const char *variable)
{
	const char *dir = getenv(variable);

	if (dir == NULL || dir[0] != '/')
		return NULL;
	return xstrndup(dir, strcspn(dir, ":"));
}

static char *
place(char *dir, const char *roots, const char *variable, const char *instead,
    const char *name)
{
	char *path;

	if (dir == NULL)
		dir = geteuid() == 0 ? xstrdup(roots) :
				       xdg_directory(variable, instead);
	path = xasprintf("%s/%s", dir, name);
	free(dir);
	return path;
}

char *
statedir_state_path(const char *name)
{
	return place(systemd_directory("STATE_DIRECTORY"), "/var/lib/sitewatch",
	    "XDG_STATE_HOME", ".local/state", name);
}

char *
statedir_conf_path(const char *name)
{
	return place(systemd_directory("CONFIGURATION_DIRECTORY"),
	    "/etc/sitewatch", "XDG_CONFIG_HOME", ".config", name);
}
