<?php
/* Fault: the key comes from the visitor and gets into the message. */
$price = ['A-100' => 20, 'B-200' => 35];
echo $price[$_GET['sku'] ?? 'C-300'], "\n";
