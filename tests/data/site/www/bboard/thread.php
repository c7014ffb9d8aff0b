<?php
/* Faults: an undefined variable and an undefined array key. */
$from = $page * 20;
echo $from, ' ', $_GET['sort'], "\n";
