<?php
/* Faults: the list cannot be read, and the loop takes it for an array. */
$list = file(__DIR__ . '/orders/stock.csv');
foreach ($list as $line)
	echo $line;
