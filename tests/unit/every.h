/* SPDX-License-Identifier: ISC */
/* How many of its cases a long loop does. */
#ifndef TESTS_UNIT_EVERY_H
#define TESTS_UNIT_EVERY_H

/* All of them; under AddressSanitizer, which makes each dear, every n-th. */
#ifdef __SANITIZE_ADDRESS__
#define EVERY(n) (n)
#else
#define EVERY(n) 1
#endif

#endif
