<?php
/* Fault: the service on the loopback interface is down. */
$s = fsockopen('127.0.0.1', 9, $code, $text, 1);
echo $s === false ? "no weather\n" : "weather\n";
