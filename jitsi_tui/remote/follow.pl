#!/usr/bin/perl
# Follows log files and hands what is written to them over in frames.
#
# Needs perl-base alone. Its modules are handed over with it (see loader.pl), and what to follow
# comes by $input: see Follow::Main for both directions.
use strict;
use warnings;

our $VERSION = '1';
our $input;

require Follow::Main;
Follow::Main::main( $input );
