<?php
/* Fault: a notice of the program itself. */
trigger_error('ticker is 2 hours old', E_USER_WARNING);
