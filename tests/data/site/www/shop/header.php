<?php
/* Fault: a header larger than a gateway takes. */
header('X-Basket: ' . str_repeat('A-100,', 4000));
