<?php
/* Fault: runs into the memory limit. */
ini_set('memory_limit', '4M');
$data = str_repeat('x', 8 << 20);
echo strlen($data), "\n";
