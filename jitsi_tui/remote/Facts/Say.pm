# Sections on standard output: "NONCE STATE NAME FIELD... LENGTH", the bytes, a line feed.
package Facts::Say;
use strict;
use warnings;
use Exporter qw(import);

our $VERSION = '1';
our @EXPORT_OK = qw(pairs say_section);

my $LIMIT = 25_165_824;
my ( $nonce, $sent ) = ( q{}, 0 );

sub with_nonce {
    my ($wanted) = @_;
    $nonce = $wanted;
    return;
}

sub say_section {
    my ( $state, $name, $fields, $bytes ) = @_;
    if ( $sent + length $bytes > $LIMIT && $state eq 'K' ) {
        ( $state, $bytes ) = ( 'F', 'left out: there is too much of it' );
    }
    $sent += length $bytes;
    my @words = map { my $word = $_; $word =~ s/([^A-Za-z0-9._\/-])/sprintf '%%%02X', ord $1/gesm; $word eq q{} ? q{%} : $word }
      $name, @{$fields};
    print join( q{ }, $nonce, $state, @words, length $bytes ), "\n", $bytes, "\n" or exit 1;
    return;
}

# Lines of "key=value", the values percent-encoded.
sub pairs {
    my (%pair) = @_;
    return join q{}, map { my $value = $pair{$_}; $value =~ s/([^ -\$&-~])/sprintf '%%%02X', ord $1/gesm; "$_=$value\n" }
      grep { defined $pair{$_} } sort keys %pair;
}

1;
