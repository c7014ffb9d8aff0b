<?php
echo "<h1>News</h1>\n";
