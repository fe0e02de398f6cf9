#!/usr/bin/perl
# Changes the files of a Jitsi server and restarts its services as one transaction.
#
# Needs perl-base and coreutils alone. Handed over on standard input it reads its modules and what is
# asked for from DATA, as frames of "NAME LENGTH\n" and that many bytes, up to "end 0\n". Installed as a
# file, for a run of its own or after a boot, it finds its modules in the folder "program" beside it.
use strict;
use warnings;

our $VERSION = '1';

my %frame;

sub read_frames {
    while ( defined( my $head = readline DATA ) ) {
        my ( $name, $length ) = $head =~ m{\A([\w./-]+)[ ](\d+)\n\z}x;
        die "what was sent is damaged\n" if !defined $length;
        last if $name eq 'end';
        my $bytes = q{};
        read( DATA, $bytes, $length ) == $length or die "what was sent ends too early\n";
        $frame{$name} = $bytes;
    }
    return;
}

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
if ( !defined $option->{program} ) {
    read_frames();
    unshift @INC, sub {
        my ( undef, $name ) = @_;
        return defined $frame{$name} ? \"$frame{$name}" : ();
    };
}
require Apply::Main;
exit Apply::Main::main( $option, \%frame, \*DATA );
