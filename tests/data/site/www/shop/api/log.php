<?php
/* Fault: logs what the visitor says. */
error_log('api: client says ' . ($_GET['say'] ?? 'nothing'));
echo "ok\n";
