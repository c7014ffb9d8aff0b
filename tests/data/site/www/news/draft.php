<?php
/* Fault: notices of the program itself, with numbers and identifiers. */
trigger_error('draft ' . ($_GET['id'] ?? 0) . ' of session ' .
    ($_GET['session'] ?? '0') . ' was saved twice', E_USER_NOTICE);
