<?php
/* Fault: a script that the server may not read. */
echo "report\n";
