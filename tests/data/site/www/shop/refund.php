<?php
/* Fault: seen in fresh errors only. */
abstract class Refund {
}
new Refund;
