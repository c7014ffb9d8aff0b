/* SPDX-License-Identifier: ISC */
/*
 * The directory that holds a tool's state.  It must be ours alone: others
 * who can write there could hand us cursors and mail of their making.
 */
#ifndef COMMON_HOST_STATEDIR_H
#define COMMON_HOST_STATEDIR_H

/*
 * Makes the directory of the given file (0700, its last component only) if
 * it is missing, and checks it: a directory, owned by us or by root, not
 * writable by group or others, and on a local file system (NFS, CIFS, 9p,
 * FUSE and the like are refused: SQLite's locks and fsync mean little there).
 * Returns NULL, or what is wrong and how to mend it, to be freed.
 */
char *statedir_prepare(const char *file);
/* The same without making anything. */
char *statedir_check(const char *file);

/*
 * Where a tool keeps its state or configuration when nobody said: the
 * directory in the environment variable systemd sets (STATE_DIRECTORY,
 * CONFIGURATION_DIRECTORY), /var/lib/sitewatch and /etc/sitewatch for root,
 * the XDG places for others.  Returns "DIR/name", to be freed.
 */
char *statedir_state_path(const char *name);
char *statedir_conf_path(const char *name);

#endif
