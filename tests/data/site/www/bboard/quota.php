<?php
/* Fault, seldom: only one member has a quota of nothing. */
$quota = (int)($_GET['quota'] ?? 100);
echo 100 % $quota, "\n";
