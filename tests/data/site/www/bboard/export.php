<?php
/* Fault: runs into max_execution_time. */
set_time_limit(1);
while (true);
