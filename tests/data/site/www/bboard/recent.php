<?php
/* Fault: a query fails, the log is told, and the visitor gets a 500. */
http_response_code(500);
error_log('recent: query failed for user ' . ($_GET['user'] ?? 0) .
    ': SQLSTATE[23000]: duplicate entry \'' . ($_GET['key'] ?? '') .
    '\' for key \'visits.token\'');
