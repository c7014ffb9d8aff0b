<?php
/* Fault: the server's process dies. */
shell_exec('kill -SEGV $PPID');
sleep(1);
