<?php
/* Fault: uses a variable that only some of the callers set. */
echo '<title>', $title, "</title>\n";
