/* SPDX-License-Identifier: ISC */
/*
 * A mail to two recipients for the tests of transports: lines that begin with
 * dots, and one of 998 characters.
 */
#ifndef TESTS_UNIT_MAIL_SAMPLE_H
#define TESTS_UNIT_MAIL_SAMPLE_H

#include "common/mail/transport.h"

struct transport_mail mail_sample(void);

#endif
