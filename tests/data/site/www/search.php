<?php
/* Fault: a missing parameter reaches a string function as null. */
$words = explode(' ', $_GET['q'] ?? null);
echo count($words), " words\n";
