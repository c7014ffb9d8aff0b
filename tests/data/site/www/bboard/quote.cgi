#!/bin/sh
# Fault: complains on stderr and ends without a header.
echo "quote.cgi: cannot open /var/lib/quotes: No such file" >&2
exit 1
