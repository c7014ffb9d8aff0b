<?php
/* Fault: the class is autoloaded from nowhere. */
echo Board\Stats::today();
