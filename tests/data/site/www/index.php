<?php
/* The front page; an unknown ?lang= is looked up without a check. */
$greeting = ['en' => 'Welcome', 'de' => 'Willkommen'];
echo '<h1>', $greeting[$_GET['lang'] ?? 'en'], "</h1>\n";
