# Fields on one line, safe to write and to read back whatever they hold.
package Apply::Text;
use strict;
use warnings;

our $VERSION = '1';

my %SHORT  = ( "\t" => '\\t', "\n" => '\\n', "\r" => '\\r', q{\\} => '\\\\' );
my $SECRET = qr{\w*(?:pass|secret|token|SID|MUID)\w*}xi;
my %LONG   = reverse %SHORT;

sub escape {
    my ($text) = @_;
    $text =~ s{([\t\n\r\\])}{$SHORT{$1}}gx;
    $text =~ s{([\x00-\x1f\x7f])}{sprintf '\\x%02x', ord $1}gex;
    return $text;
}

sub unescape {
    my ($text) = @_;
    $text =~ s{(\\x([0-9a-f]{2})|\\.)}{defined $2 ? chr hex $2 : $LONG{$1}}gex;
    return $text;
}

# One record: a line of escaped fields between tabs.
sub line {
    my (@fields) = @_;
    return join( "\t", map { escape( defined $_ ? $_ : q{} ) } @fields ) . "\n";
}

sub fields {
    my ($line) = @_;
    chomp $line;
    return map { unescape($_) } split /\t/x, $line, -1;
}

# Every record of a text, as array references.
sub records {
    my ($text) = @_;
    return map { [ fields($_) ] } grep { $_ ne q{} && $_ !~ /\A\#/x } split /\n/x, $text;
}

# What services say about a failure is shown to people and kept: not the secrets in it.
sub mask {
    my ($text) = @_;
    $text =~ s{($SECRET["']?\s*[=:]\s*["']?)[^\s"',;]+}{$1•••}gx;
    return $text;
}

# The last lines of what a program said, short enough to be read.
sub tail {
    my ( $text, $lines ) = @_;
    my @all = grep { /\S/x } split /\n/x, defined $text ? $text : q{};
    my $from = @all > $lines ? @all - $lines : 0;
    return mask( join "\n", map { substr $_, 0, 300 } @all[ $from .. $#all ] );
}

1;
