# Answers: lines of a word and percent-escaped fields, each written at once, or many together.
package Accounts::Say;
use strict;
use warnings;
use Exporter qw(import);

our $VERSION   = '1';
our @EXPORT_OK = qw(say_line say_lines unescape);
my $PIECE = 65_536;    # bytes of one write

sub say_line {
    my (@answer) = @_;
    return put( line_of(@answer) );
}

# Thousands of answers, each as an array: a write for each would be a packet for each.
sub say_lines {
    my (@answers) = @_;
    my $text = q{};
    for my $answer (@answers) {
        $text .= line_of( @{$answer} );
        next if length $text < $PIECE;
        put($text);
        $text = q{};
    }
    return put($text);
}

sub line_of {
    my ( $word, @fields ) = @_;
    for (@fields) { s/([^A-Za-z0-9._\-])/sprintf '%%%02x', ord $1/gesm }
    return join( q{ }, $word, @fields ) . "\n";
}

# Whoever asked may be gone: what is not told any more must not be done either.
sub put {
    my ($text) = @_;
    my $sent = 0;
    while ( $sent < length $text ) {
        $sent += syswrite( STDOUT, $text, length($text) - $sent, $sent ) || die "nobody hears what is said\n";
    }
    return;
}

sub unescape {
    my ($text) = @_;
    $text =~ s/%([0-9a-fA-F]{2})/chr hex $1/gesm;
    return $text;
}

1;
