<?php
/* Fault: the file is there but may not be read. */
echo strlen((string)file_get_contents(__DIR__ . '/uploads/avatar.png'));
