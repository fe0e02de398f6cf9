#!/usr/bin/perl
# Follows log files and hands what is written to them over in frames.
#
# Needs perl-base alone. Handed over on standard input it reads from DATA its modules, as "module NAME
# LENGTH\n" and that many bytes, and then what to follow; see Follow::Main for both directions.
use strict;
use warnings;

our $VERSION = '1';

my ( %module, $line );
while ( defined( $line = readline DATA ) ) {
    my ( $name, $length ) = $line =~ m{\Amodule[ ]([\w/.]+)[ ](\d+)\n\z}xms or last;
    read( DATA, $module{$name}, $length ) == $length or die "what was sent ends too early\n";
}
unshift @INC, sub {
    my ( undef, $name ) = @_;
    return defined $module{$name} ? \"$module{$name}" : ();
};
require Follow::Main;
Follow::Main::main( \*DATA, $line );
