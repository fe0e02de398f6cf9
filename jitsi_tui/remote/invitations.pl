#!/usr/bin/perl
# Makes, lists and revokes invitations of one Prosody host.
#
#   invitations.pl [--root=DIR] [--path-first=DIR] NONCE modules HOST
#   invitations.pl … NONCE create|reset HOST NAME SECONDS     NAME may be empty
#   invitations.pl … NONCE list HOST
#   invitations.pl … NONCE revoke HOST IDENTIFIER
#
# The Lua program that does it inside the running Prosody comes by DATA, and goes on to "prosodyctl shell"
# on its standard input, with its arguments behind it. A token is never an argument: it is printed once,
# when it is made, and known by the beginning of its hash from then on. Answers are lines of a word and
# percent-escaped fields; "unreachable" and "said" stand for a shell that did not run the program.
use strict;
use warnings;

my $SECONDS = 30;

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

my $program = join q{ }, map { s/\A\s+|\s+\z//grsm } grep { !/\A\s*--/sm } readline DATA;
my @words = ( map( { quoted($_) } $nonce, $action, $host, $name ), $seconds, quoted($identifier) );
my ( $status, $said ) = shell( "> $program(" . join( ', ', @words ) . ")\n" );
my $ended = 0;
for my $line ( split /\n/sm, $said ) {
    next if $line !~ /\b$nonce ([^\r]+)/sm;
    print "$1\n";
    $ended ||= $1 =~ /\A(?:end|error)\b/sm;
}
if ( !$ended ) {
    print 'unreachable ', escaped( substr $said, -600 ), "\n";
}
exit 0;

# A Lua string of these bytes, whatever they are.
sub quoted {
    my ($text) = @_;
    $text =~ s/([^A-Za-z0-9._@-])/sprintf '\\%03d', ord $1/gesm;
    return qq{"$text"};
}

sub escaped {
    my ($text) = @_;
    $text =~ s/([^A-Za-z0-9._\-])/sprintf '%%%02x', ord $1/gesm;
    return $text eq q{} ? q{%} : $text;
}

# Runs Prosody's shell with a line on its standard input; gives back its status and all it said.
sub shell {
    my ($line) = @_;
    pipe my $to_read,   my $to_write   or die "pipe: $!\n";
    pipe my $from_read, my $from_write or die "pipe: $!\n";
    my $pid = fork // die "fork: $!\n";
    if ( !$pid ) {
        close $to_write;
        close $from_read;
        open STDIN,  '<&', $to_read    or exit 127;
        open STDOUT, '>&', $from_write or exit 127;
        open STDERR, '>&', $from_write or exit 127;
        alarm $SECONDS;
        exec qw(prosodyctl shell --quiet) or exit 127;
    }
    close $to_read;
    close $from_write;
    local $SIG{PIPE} = 'IGNORE';
    syswrite $to_write, $line;
    close $to_write;
    my $text = q{};
    while ( sysread $from_read, my $piece, 65_536 ) {
        $text .= $piece if length $text < 4_194_304;
    }
    waitpid $pid, 0;
    return ( $? >> 8 || $? & 127, $text );
}
