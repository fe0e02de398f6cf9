# Answers: lines of a word and percent-escaped fields, each written at once.
package Accounts::Say;
use strict;
use warnings;
use Exporter qw(import);

our $VERSION   = '1';
our @EXPORT_OK = qw(say_line unescape);

sub say_line {
    my ( $word, @fields ) = @_;
    for (@fields) { s/([^A-Za-z0-9._\-])/sprintf '%%%02x', ord $1/gesm }
    my $line = join( q{ }, $word, @fields ) . "\n";

    # Whoever asked may be gone: what is not told any more must not be done either.
    ( syswrite( STDOUT, $line ) // 0 ) == length $line or exit 1;
    return;
}

sub unescape {
    my ($text) = @_;
    $text =~ s/%([0-9a-fA-F]{2})/chr hex $1/gesm;
    return $text;
}

1;
