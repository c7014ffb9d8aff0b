<?php
/* Fault: divides by a request parameter. */
function column_width(int $columns): int
{
	return intdiv(960, $columns);
}

echo column_width((int)($_GET['columns'] ?? 0)), "\n";
