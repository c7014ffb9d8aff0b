<?php
/* Fault: starts a program whose trace ends on the server's stderr. */
passthru('php -n -d display_errors=0 -d log_errors=1 -d html_errors=0 ' .
    escapeshellarg(__DIR__ . '/fetch-agency.php'));
