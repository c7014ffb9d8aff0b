<?php
/* Fault: an exception nobody catches, three calls deep. */
function message_check(array $m): void
{
	if (strlen($m['body']) > 40)
		throw new LengthException('body of "' . $m['subject'] .
		    '" is too long');
}

function message_save(array $m): void
{
	message_check($m);
}

function message_post(array $m): void
{
	message_save($m);
}

message_post([
	'subject' => $_GET['subject'] ?? 'Hello',
	'body' => str_repeat('x', 41),
]);
