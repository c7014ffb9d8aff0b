<?php
/* Fault: a called script of another section is not there. */
require __DIR__ . '/shop/lib/catalogue.php';
