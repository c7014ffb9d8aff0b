<?php
/* Run by fetch.php on the command line. */
function agency_fetch(string $name): string
{
	throw new UnexpectedValueException("agency $name sent no items");
}

agency_fetch('dpa');
