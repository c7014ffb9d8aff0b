<?php
/* Fault: slower than anyone waits. */
sleep((int)($_GET['s'] ?? 4));
echo "at last\n";
