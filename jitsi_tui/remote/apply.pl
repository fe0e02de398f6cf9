#!/usr/bin/perl
# Changes the files of a Jitsi server and restarts its services as one transaction.
#
# Needs perl-base and coreutils alone. Handed over with it (see loader.pl) are its modules and what is
# asked for. Installed as a file, for a run of its own or after a boot, it finds them beside itself.
use strict;
use warnings;

our $VERSION = '1';

our ( %handed, $input );

sub arguments {
    my (@words) = @_;
    my %option;
    for my $word (@words) {
        my ( $name, $value ) = $word =~ m{\A--([a-z-]+)=(.*)\z}xs;
        die "not an option: $word\n" if !defined $name;
        $option{$name} = $value;
    }
    return \%option;
}

umask oct '077';
my $option = arguments(@ARGV);
require Apply::Main;
exit Apply::Main::main( $option, \%handed, $input );
