<?php
/* Fault: the text is far longer than a log line may be. */
throw new RuntimeException('invoice 77 does not add up: ' .
    str_repeat('item 4711 at 19.99; ', (int)($_GET['n'] ?? 450)));
