<?php
/* Fault: the payment service is down. */
$answer = file_get_contents('http://127.0.0.1:9/charge?order=1042');
echo $answer === false ? "later\n" : $answer;
