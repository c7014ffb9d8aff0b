<?php
/* Fault: the shared library fails; the caller is only in the trace. */
require __DIR__ . '/../includes/db.php';

function login(string $user): bool
{
	return db_connect('bboard')->query($user) !== null;
}

login('ann');
