<?php
/* Fault: a file for each voucher, and the directory is gone. */
$v = fopen(__DIR__ . '/vouchers/' . basename($_GET['v'] ?? 'x') . '.txt', 'r');
