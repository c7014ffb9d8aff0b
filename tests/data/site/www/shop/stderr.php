<?php
/* Fault: writes to the process's stderr, as libraries do. */
fwrite(fopen('php://stderr', 'w'),
    str_repeat('stock: ', (int)($_GET['n'] ?? 1)) . "level of A-100 is -3\n");
echo "ok\n";
