/* SPDX-License-Identifier: ISC */
/*
 * A certificate as people read it.  What it says of itself is a stranger's
 * text and comes out cleaned.
 */
#ifndef UPTIME_PROBE_FETCH_CERT_H
#define UPTIME_PROBE_FETCH_CERT_H

#include <stdint.h>

#include "uptime/probe.h"

struct buf;
struct X509_name_st;
struct asn1_string_st;
struct x509_st;

/* Fills it, `seen` included. */
void cert_read(struct x509_st *, struct probe_cert *);
/* Appends the common name, else the organisation, else the whole. */
void cert_name(struct buf *, const struct X509_name_st *);
/* Appends the first names (DNS and addresses) that it is for, and how many
 * more there are. */
void cert_hosts(struct buf *, struct x509_st *);
/* "RSA key of 1024 bits". */
void cert_key(struct buf *, struct x509_st *);
/* Seconds since 1970; 0 if it is no time. */
int64_t cert_time(const struct asn1_string_st *);
/* Appends "2026-11-21". */
void cert_day(struct buf *, int64_t t);

#endif
