<?php
/* Faults: several messages in one answer. */
$order = json_decode($_GET['order'] ?? '');
echo $order->id;
throw new InvalidArgumentException("order is no JSON\nsee the manual");
