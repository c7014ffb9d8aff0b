<?php
/* Fault: sets a property that the class does not declare. */
class Page {
}
$p = new Page;
$p->title = 'News';
echo $p->title, "\n";
