<?php
/* Fault: the visitor's words get into an exception that nobody catches. */
$q = $_GET['q'] ?? 'nothing';
throw new OutOfBoundsException("no product called $q");
