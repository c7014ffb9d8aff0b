<?php
/* Fault: slower than anyone waits. */
sleep(4);
echo "at last\n";
