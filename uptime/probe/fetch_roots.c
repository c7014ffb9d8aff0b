/* SPDX-License-Identifier: ISC */
/*
 * The trusted certificates, shared by all transfers: libcurl 7.88 would read
 * the system's 145 anew for each of them, which costs 20 ms.
 */
#include "uptime/probe/fetch_tls.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509.h>

#include "common/base/xmem.h"

struct roots {
	char *ca_file; /* NULL: the system's */
	X509_STORE *store;
	struct roots *next;
};

struct tls_roots {
	struct roots *first;
};

struct tls_roots *
tls_roots_new(void)
{
	return xcalloc(1, sizeof(struct tls_roots));
}

void
tls_roots_free(struct tls_roots *all)
{
	struct roots *r, *next;

	if (all == NULL)
		return;
	for (r = all->first; r != NULL; r = next) {
		next = r->next;
		X509_STORE_free(r->store);
		free(r->ca_file);
		free(r);
	}
	free(all);
}

/* "4a6481c9.0": by the hash of the subject, read when it is asked for. */
static bool
is_hashed(const char *name)
{
	return strspn(name, "0123456789abcdef") == 8 && name[8] == '.' &&
	    name[9] >= '0' && name[9] <= '9';
}

/* An empty store is silent, and every certificate of an unknown issuer. */
static bool
dir_is_hashed(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *e;
	bool found = false;

	if (dir == NULL)
		return false;
	while (!found && (e = readdir(dir)) != NULL)
		found = is_hashed(e->d_name);
	closedir(dir);
	return found;
}

static bool
load_system(X509_STORE *store)
{
	const char *const dir[] = { "/etc/ssl/certs",
		X509_get_default_cert_dir() };
	const char *const file[] = { "/etc/ssl/certs/ca-certificates.crt",
		"/etc/pki/tls/certs/ca-bundle.crt",
		X509_get_default_cert_file() };
	size_t i;

	for (i = 0; i < sizeof dir / sizeof *dir; i++)
		if (dir_is_hashed(dir[i]))
			return X509_STORE_load_path(store, dir[i]) == 1;
	for (i = 0; i < sizeof file / sizeof *file; i++)
		if (X509_STORE_load_file(store, file[i]) == 1)
			return true;
	return false;
}

static bool
load(X509_STORE *store, const char *ca_file)
{
	bool ok;

	ERR_set_mark();
	if (ca_file == NULL)
		ok = load_system(store);
	else {
		/* The administrator trusts what he named, be it a root or
		 * not. */
		X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
		ok = X509_STORE_load_file(store, ca_file) == 1;
	}
	ERR_pop_to_mark();
	return ok;
}

static bool
same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

X509_STORE *
tls_roots_get(struct tls_roots *all, const char *ca_file, const char **why)
{
	X509_STORE *store;
	struct roots *r;

	for (r = all->first; r != NULL; r = r->next)
		if (same(r->ca_file, ca_file))
			return r->store;
	store = X509_STORE_new();
	if (store == NULL || !load(store, ca_file)) {
		X509_STORE_free(store);
		*why = ca_file != NULL ?
		    "no certificate can be read from it" :
		    "this system has no trusted certificates "
		    "(ca-certificates)";
		return NULL;
	}
	r = xcalloc(1, sizeof *r);
	r->ca_file = ca_file != NULL ? xstrdup(ca_file) : NULL;
	r->store = store;
	r->next = all->first;
	all->first = r;
	return store;
}
