<?php
/* Fault: does not parse. */
if ($_SERVER['REQUEST_METHOD'] === 'GET' {
	echo "moderation queue\n";
}
