/* SPDX-License-Identifier: ISC */
/*
 * Name servers on loopback, in a child process: a small world of zones served
 * by the book, and servers that do not keep to it.
 *
 *     server 127.241.1.1 WORDS…    on port 53, UDP and TCP; words see below
 *     zone test WORDS…            it serves: "." is the root
 *     NAME TYPE DATA              A AAAA NS CNAME DS; SOA: the serial; *.NAME
 *                                 stands for all that is not there
 *
 * A server that is named nowhere does not listen: its port is closed.
 *     mute, notcp, noudp   takes questions, answers none (over TCP, UDP)
 *     closedtcp            does not listen for TCP
 *     refuse, servfail, garbage        answers with that
 *     lame                 answers without authority
 *     up, self, down       refers to the root, to the zone itself, at every
 *                          question one label further down
 *     far                  refers to servers whose names are in other zones,
 *                          always others
 *     chaos                anything, by dice
 *     aaonly=NAME          the answer for this name alone is good
 * Zone words:
 *     signed=SECONDS       signatures over all answers, until then (negative:
 *                          since then no more)
 *     ttl=SECONDS          else 300
 */
#ifndef TESTS_UNIT_FAKE_DNS_H
#define TESTS_UNIT_FAKE_DNS_H

#include <stdbool.h>

/* Waits until nobody else uses the addresses; false if this user may not bind
 * port 53. */
bool fake_dns_allowed(void);
/* Returns when all servers listen; asserts that they do. */
void fake_dns_start(const char *world);
void fake_dns_stop(void);
/* Questions that the server got so far. */
unsigned fake_dns_asked(const char *address);

#endif
