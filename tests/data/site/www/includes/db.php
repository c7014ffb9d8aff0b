<?php
/* Fault: the mysqli extension is not installed. */
function db_connect(string $name): object
{
	return new mysqli('127.0.0.1', 'web', '', $name);
}
