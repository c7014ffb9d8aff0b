<?php
/* Fault: the layout wants a title. */
include __DIR__ . '/../includes/layout.php';
