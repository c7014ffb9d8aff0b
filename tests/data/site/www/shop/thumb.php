<?php
/* Fault: the shell does not find the program. */
echo shell_exec('convert-image -resize 80x80 p-1001.jpg');
