/* SPDX-License-Identifier: ISC */
/*
 * What each program drops first thing.
 */
#ifndef COMMON_HOST_SANDBOX_H
#define COMMON_HOST_SANDBOX_H

/*
 * Descriptors 0-2 are open (on /dev/null if need be), umask 077, no core
 * dumps, not dumpable (but with ASan, whose leak check must trace us), SIGPIPE
 * and SIGXFSZ ignored (exec hands that down: reset it for other programs), and
 * an environment of HOME, LANG, LC_*, LOGNAME, PATH (set to a fixed one), TZ,
 * TERM, NO_COLOR, XDG_*, SITEWATCH_*, STATE_DIRECTORY and
 * CONFIGURATION_DIRECTORY only: the libraries obey too many other variables.
 *
 * Not no_new_privs: Postfix's sendmail hands over to postdrop, which is
 * setgid, and would fail.  Dumpable is set anew by exec: each program has to
 * call this.
 */
void sandbox_start(void);

#endif
