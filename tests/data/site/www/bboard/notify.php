<?php
/* Fault: logs a text of several lines, as many programs do. */
error_log("notify: 3 subscribers bounced\n" .
    "\tann@example.net: 550 no such user\n" .
    "\tbob@example.net: 552 mailbox full\n" .
    "\teve@example.org: 451 try again");
echo "ok\n";
