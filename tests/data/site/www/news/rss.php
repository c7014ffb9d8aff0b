<?php
/* Fault: the file belongs to another section and is gone. */
require $_SERVER['DOCUMENT_ROOT'] . '/shop/lib/feed.php';
