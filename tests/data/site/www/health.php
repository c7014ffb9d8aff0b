<?php
/* Fault: reports its trouble by error_log() only; no path is written. */
error_log('health: queue has 4711 unsent messages');
echo "ok\n";
