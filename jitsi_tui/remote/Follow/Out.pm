# What is told to the client: frames, collected and written once a round.
#
# A frame: nonce (8 bytes), type (1), source (2), file (4), offset (8), length (4), payload; big endian.
package Follow::Out;
use strict;
use warnings;
use Errno qw(EINTR EAGAIN);
use Exporter qw(import);

our $VERSION   = '1';
our @EXPORT_OK = qw(emit flush_out end_round hex_of unhex say_identity say_state say_trouble trouble_with);

our $nonce   = q{};
our $round   = 0;
our $now     = time;
our $next    = 1;       # the first number that is free for a file
our $trouble = undef;   # why a file could not be opened

my $BEAT  = 15;     # seconds of silence after which we say that we live
my $out   = q{};
my $more  = 0;      # whether something was told since we said last that it was all
my $spoke = time;

sub emit {
    my ( $type, $source, $file, $offset, $payload ) = @_;
    $out .= $nonce . pack( 'a1nNQ>N', $type, $source, $file, $offset, length $payload ) . $payload;
    $more = 1;
    return;
}

# What was told belongs together: the client shows it at once, and not in the pieces that arrive.
sub end_round {
    emit( 'T', 0, 0, 0, $now ) if $more || $now < $spoke || $now - $spoke >= $BEAT;
    $more = 0;
    return;
}

# Waits for the client if it is slow: nothing is ever dropped, the files keep what we don't read.
sub flush_out {
    my $at = 0;
    while ( $at < length $out ) {
        my $sent = syswrite STDOUT, $out, 1_048_576, $at;
        if ( defined $sent ) { $at += $sent; next }
        next if $! == EINTR;
        exit 0 if $! != EAGAIN;
        my $ready = q{};
        vec( $ready, 1, 1 ) = 1;
        select undef, $ready, undef, 1;
    }
    $spoke = $now if $at;
    $out = q{};
    return;
}

sub hex_of { my ($bytes) = @_; return length $bytes ? unpack 'H*', $bytes : q{-} }
sub unhex { my ($text) = @_; return $text eq q{-} ? q{} : pack 'H*', $text }

sub say_identity {
    my ( $s, $h, $how ) = @_;
    emit( 'I', $s->{index}, $h->{file}, $h->{offset}, join q{ }, $how, $h->{dev}, $h->{ino}, $h->{mtime},
        hex_of( $h->{head} ), hex_of( $h->{tail} ), hex_of( $h->{path} ) );
    return;
}

sub say_state {
    my ( $s, $state, $detail ) = @_;
    return if $s->{state} eq $state;
    $s->{state} = $state;
    emit( 'S', $s->{index}, 0, 0, "$state " . hex_of($detail) );
    return;
}

sub say_trouble {
    my ($s) = @_;
    say_state( $s, $trouble->{missing} ? 'missing' : 'unreadable', $trouble->{text} );
    return;
}

# Which file can't be read, and why; without a reason, as $trouble has it.
sub trouble_with {
    my ( $path, $why ) = @_;
    return $path =~ s{\A.*/}{}xmsr . q{: } . ( $why // $trouble->{text} );
}

1;
