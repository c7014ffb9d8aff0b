<?php
/* Fault: an exception whose text and trace name another member each time. */
function member_open(int $id, string $name): void
{
	throw new RuntimeException("member $id ($name@example.net) is locked");
}

member_open((int)($_GET['id'] ?? 1), $_GET['name'] ?? 'ann');
