#!/bin/sh
# Fault: answers, and complains.
echo "stock.cgi: warehouse ${QUERY_STRING#id=} does not answer" >&2
printf 'Content-Type: text/plain\r\n\r\nunknown\n'
