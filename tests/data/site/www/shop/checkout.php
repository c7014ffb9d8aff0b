<?php
/* Fault: an exception with its cause. */
function card_charge(int $cents): void
{
	throw new DomainException("card declined at $cents cents");
}

function order_place(int $cents): void
{
	try {
		card_charge($cents);
	} catch (DomainException $e) {
		throw new RuntimeException('order 1042 not placed', 7, $e);
	}
}

order_place(1999);
