#!/usr/bin/perl
# Makes, lists and revokes invitations of one Prosody host.
#
#   invitations.pl [--root=DIR] [--path-first=DIR] NONCE modules HOST
#   invitations.pl … NONCE create|reset HOST NAME SECONDS     NAME may be empty
#   invitations.pl … NONCE list HOST
#   invitations.pl … NONCE revoke HOST IDENTIFIER
#
# The Lua program that does it inside the running Prosody is handed over with it (see loader.pl), and goes on
# to "prosodyctl shell" on its standard input, with its arguments behind it. A token is never an argument: it
# is printed once, when it is made, and known by the beginning of its hash from then on. Answers are lines of
# a word and percent-escaped fields; "unreachable" stands for a shell that did not run the program.
use strict;
use warnings;

our %handed;

require Accounts::Say;
require Accounts::Ctl;
Accounts::Say->import('say_line');
Accounts::Ctl->import(qw(quoted run));

local $ENV{LC_ALL} = 'C.UTF-8';
my %option = ( root => q{}, 'path-first' => q{} );
while ( @ARGV && $ARGV[0] =~ /\A--([\w-]+)=(.*)\z/sm ) {
    $option{$1} = $2;
    shift @ARGV;
}
my ( $nonce, $action, $host, @rest ) = @ARGV;
( $nonce // q{} ) =~ /\A[[:xdigit:]]+\z/sm or die "no nonce\n";
my $first = $option{'path-first'};
local $ENV{PATH} = $first ne q{} ? "$first:$ENV{PATH}" : "$ENV{PATH}:/usr/sbin:/sbin";

my ( $name, $seconds, $identifier ) = ( q{}, 0, q{} );
if ( $action eq 'revoke' ) { ($identifier) = @rest }
elsif (@rest)              { ( $name, $seconds ) = @rest }
$seconds =~ /\A\d{1,9}\z/sm or die "not a number of seconds\n";

my $program = join q{ }, map { s/\A\s+|\s+\z//grsm } grep { !/\A\s*--/sm } split /^/sm, $handed{'invitations.lua'};
my @words = ( map( { quoted($_) } $nonce, $action, $host, $name ), $seconds, quoted($identifier) );
my $line  = "> $program(" . join( ', ', @words ) . ")\n";
my ( undef, $said ) = run( $line, qw(prosodyctl shell --quiet) );
my $ended = 0;
local $| = 1;
for my $told ( split /\n/sm, $said ) {
    next if $told !~ /\b$nonce ([^\r]+)/sm;
    print "$1\n";
    $ended ||= $1 =~ /\A(?:end|error)\b/sm;
}
say_line( 'unreachable', substr $said, -600 ) if !$ended;
exit 0;
