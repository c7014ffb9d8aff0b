<?php
/* Fault: the database extension is not installed. */
$db = new mysqli('127.0.0.1', 'web', '', 'news');
