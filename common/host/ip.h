/* SPDX-License-Identifier: ISC */
/*
 * An internet address with a port.  Pure.
 */
#ifndef COMMON_HOST_IP_H
#define COMMON_HOST_IP_H

#include <sys/socket.h>

#include <stdbool.h>
#include <stdint.h>

struct ip {
	int family;             /* AF_INET, AF_INET6; 0: none */
	uint16_t port;          /* host byte order; 0: none given */
	unsigned char addr[16]; /* network byte order; 4 of them for IPv4 */
};

#define IP_TEXT 64 /* room for any of the texts below */

/* "192.0.2.1", "192.0.2.1:53", "2001:db8::1", "[2001:db8::1]:53"; port is
 * what is taken when none is given.  False if it is none of these. */
bool ip_parse(const char *, uint16_t port, struct ip *);
/* 4 or 16 octets from the wire. */
struct ip ip_from(int family, const void *octets, uint16_t port);
/* "192.0.2.1", "2001:db8::1". */
char *ip_text(const struct ip *, char out[IP_TEXT]);
/* "192.0.2.1:53", "[2001:db8::1]:53". */
char *ip_text_port(const struct ip *, char out[IP_TEXT]);
/* Order and equality of the address, then of the port. */
int ip_compare(const struct ip *, const struct ip *);
bool ip_same_address(const struct ip *, const struct ip *);
/* Fills it and returns its length. */
socklen_t ip_sockaddr(const struct ip *, struct sockaddr_storage *);

/*
 * No address of the public internet: "private", "loopback", "link-local",
 * "multicast" …, from IANA's registries of special-purpose addresses (RFC
 * 6890 and later); v4-mapped, NAT64 and 6to4 ones by the address inside.
 * NULL: it may be asked.
 */
const char *ip_special(const struct ip *);
/* The first bits are the same: /24 for IPv4, /48 for IPv6, where one router
 * or one announcement serves them all. */
bool ip_same_network(const struct ip *, const struct ip *);

#endif
