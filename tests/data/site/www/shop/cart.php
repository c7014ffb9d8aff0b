<?php
/* Fault: a method is called on null. */
$cart = null;
echo $cart->total(), "\n";
