<?php
echo "<h1>Bulletin board</h1>\n";
