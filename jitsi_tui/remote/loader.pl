#!/usr/bin/perl
# Goes before a program that is handed over on standard input, and takes in what comes with it.
#
# DATA holds frames of "NAME LENGTH\n" and that many bytes, up to "end 0\n": the program's modules, found
# by "require" from then on, and whatever else it looks up in %handed. What follows is its $input.
use strict;
use warnings;

{
    our ( %handed, $input );
    while ( ( my $head = readline DATA // q{} ) ne "end 0\n" ) {
        my ( $name, $length ) = $head =~ m{\A([\w./-]+)[ ](\d+)\n\z}sm or die "what was sent is damaged\n";
        read( DATA, $handed{$name}, $length ) == $length or die "what was sent ends too early\n";
    }
    unshift @INC, sub {
        my ( undef, $name ) = @_;
        return defined $handed{$name} ? \"$handed{$name}" : ();
    };
    $input = \*DATA;

    # A login shell may have said something on this line, and stand in a folder that is gone.
    local $| = 1;
    print "\n" or die "nobody listens\n";
    chdir q{/} or die "no folder to be in\n";
}
