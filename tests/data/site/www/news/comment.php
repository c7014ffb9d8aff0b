<?php
/* Fault: the function went away with PHP 7. */
echo ereg_replace('<[^>]*>', '', $_GET['text'] ?? '');
