#!/bin/sh
# Reads what the visitor sends.
cat >/dev/null
printf 'Content-Type: text/plain\r\n\r\nthanks\n'
