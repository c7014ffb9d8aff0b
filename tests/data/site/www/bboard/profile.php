<?php
/* Fault: a wrong type, found at the call. */
function profile_show(int $id): void
{
	echo "member $id\n";
}

profile_show($_GET['id'] ?? 'me');
