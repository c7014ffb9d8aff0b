<?php
/* Fault: php.ini names a sendmail that is not there; the shell complains on
 * the server's own stderr, without a time stamp. */
if (!@mail('webmaster@example.com', 'A visitor writes', 'Hello'))
	echo "The message could not be sent.\n";
