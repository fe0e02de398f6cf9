# Requests for older bytes, worked on a piece a round so that the live logs don't wait.
package Follow::Answer;
use strict;
use warnings;
use Exporter qw(import);
use Follow::Disk qw(read_full read_at open_any close_stream family $HEAD $TAIL $DAMAGED);
use Follow::Handle qw(tail_of);
use Follow::Match qw(match_file same_file tells);
use Follow::Out qw(emit hex_of unhex say_identity trouble_with);

our $VERSION   = '1';
our @EXPORT_OK = qw(take_request answer);

my $CHUNK = 131_072;
my $MOST  = 8_388_608;
my @requests;

# W ID INDEX FILE DEV INO HEAD OFFSET TAIL END BYTES    at most BYTES before END (-1: before its end)
# P ID INDEX FILE DEV INO HEAD OFFSET TAIL BYTES        the last BYTES of the file that came before this one
sub take_request {
    my ( $line, $sources ) = @_;
    my ( $what, $id, $index, $file, $dev, $ino, $head, $offset, $tail, @rest ) = split q{ }, $line;
    my $s = $sources->[$index] or return;
    my %request = ( what => $what, id => $id, source => $s, file => $file, dev => $dev, ino => $ino,
        head => unhex($head), offset => $offset, tail => unhex($tail) );
    ( $request{end}, $request{bytes} ) = $what eq 'W' ? @rest : ( -1, @rest );
    $request{bytes} = $MOST if $request{bytes} > $MOST;
    push @requests, \%request;
    return;
}

# Works on the oldest request for one round. Returns whether there is more to do.
sub answer {
    my $r = $requests[0] or return 0;
    if ( !$r->{fh} ) {
        my $how = 'none';
        $r->{left} //= [ locate($r) ];
        while ( my $one = shift @{ $r->{left} } ) {
            $r->{path} = $one->{path};
            $how = start( $r, $one );
            last if $how ne 'none';
        }
        # Where a folder may not be listed, nobody knows what is there.
        my $unlisted = $how eq 'none' && $r->{what} eq 'P' ? $r->{unlisted} : q{};
        if    ( length $unlisted ) { finish( 'unreadable', $unlisted ) }
        elsif ( $how ne 'open' )   { finish( $how, $how eq 'none' ? q{} : trouble_with( $r->{path} ) ) }
        return 1 if $how ne 'open';
    }
    my $want = $CHUNK;
    $want = $r->{end} - $r->{at} if $r->{end} >= 0 && $r->{end} - $r->{at} < $want;
    my $bytes = $want > 0 ? read_full( $r->{fh}, $want ) : q{};
    if ( length $bytes ) {
        if   ( $r->{pid} ) { keep( $r, $bytes ) }
        else               { reply( $r, $r->{at}, $bytes ) }
        $r->{at} += length $bytes;
        return 1;
    }
    my $failed = $Follow::Disk::failed;
    if ( $r->{pid} && is_copy( $r, $r->{head}, $r->{at}, substr $r->{window}, -$TAIL ) ) {
        close_stream($r);
        delete $r->{fh};
        return 1;
    }
    reply_window($r) if $r->{pid};
    close_stream($r);
    # Whoever unpacks it and is not let to its end tells nothing by how it ended.
    if   ( $want > 0 && ( $failed || $r->{status} ) ) { finish( 'unreadable', trouble_with( $r->{path}, $failed || $DAMAGED ) ) }
    else                                              { finish( 'done', q{} ) }
    return 1;
}

sub reply {
    my ( $r, $offset, $bytes ) = @_;
    emit( 'A', $r->{source}{index}, $r->{file}, $offset, pack( 'N', $r->{id} ) . $bytes );
    return;
}

sub finish {
    my ( $status, $told ) = @_;
    my $r = shift @requests;
    emit( 'Z', $r->{source}{index}, $r->{file}, 0, "$r->{id} $status " . hex_of($told) );
    return;
}

# The file that is meant: the one that the request names, or those before it, the newest first.
sub locate {
    my ($r)    = @_;
    my $s      = $r->{source};
    my @family = ( family($s), { path => $s->{path}, kind => q{}, current => 1 } );
    $r->{unlisted} = $Follow::Disk::unlisted;
    my $probe  = { source => $s, dev => $r->{dev}, ino => $r->{ino}, head => $r->{head} };
    my @places = held_by( { %{$probe}, offset => 0, tail => q{} }, \@family, reverse 0 .. $#family );
    my @own = grep { is_own( $r, $family[$_] ) } @places;
    # Some programs say the same first: then the end tells, of copies too. A packed file would have to be
    # unpacked for that, and is told by its inode once it is known.
    my ($place) = $r->{offset} ? grep { $family[$_]{kind} } @own : ( @own, @places );
    ($place) = held_by( { %{$probe}, offset => $r->{offset}, tail => $r->{tail} }, \@family, @own, @places ) if !defined $place;
    return if !defined $place;
    return $family[$place] if $r->{what} eq 'W';
    $r->{next} = $family[$place];
    return reverse grep { $_->{size} } @family[ 0 .. $place - 1 ];
}

# Whether a request names one of a family by its inode.
sub is_own {
    my ( $r, $one ) = @_;
    my @stat = $one->{current} ? stat $one->{path} : @{$one}{qw(dev ino)};
    return @stat && same_file( { dev => $stat[0], ino => $stat[1] }, $r );
}

# Whether the file that comes next begins with all of one: it was copied, and not emptied, and no older one.
sub is_copy {
    my ( $r, $head, $end, $tail ) = @_;
    return 0 if $r->{what} ne 'P' || !tells($head);
    my ( $how, $stream ) = match_file( { dev => 0, ino => 0, head => $head, offset => $end, tail => $tail }, $r->{next} );
    close_stream($stream) if $stream;
    return $how eq 'full';
}

# In which of those places of a family a file's bytes are.
sub held_by {
    my ( $probe, $family, @places ) = @_;
    my @held;
    for my $place (@places) {
        my ( $how, $found ) = match_file( $probe, $family->[$place] );
        next if $how ne 'full';
        close_stream($found);
        push @held, $place;
    }
    return @held;
}

# Opens it: "open", "unreadable", or "none" where nothing was packed.
sub start {
    my ( $r, $one ) = @_;
    my ( $fh, $pid, @stat ) = open_any($one) or return 'unreadable';
    my $head = $pid ? read_full( $fh, $HEAD ) : read_at( $fh, 0, $HEAD );
    if ( $pid && !length $head && $r->{what} eq 'P' ) {
        my $stream = { fh => $fh, pid => $pid };
        close_stream($stream);
        return 'none' if !$stream->{status};
        $Follow::Out::trouble = { missing => 0, text => $DAMAGED };
        return 'unreadable';
    }
    if ( !$pid && is_copy( $r, $head, $stat[7], tail_of( $fh, $stat[7] ) ) ) {
        close_stream( { fh => $fh } );
        return 'none';
    }
    @{$r}{qw(fh pid window at)} = ( $fh, $pid, $head, length $head );
    if ( $r->{what} eq 'P' ) {
        $r->{file} = $Follow::Out::next++;
        @{$r}{qw(dev ino mtime head)} = ( @stat[ 0, 1, 9 ], $head );
    }
    return 'open' if $pid;
    $r->{end} = $stat[7] if $r->{end} < 0 || $r->{end} > $stat[7];
    say_past( $r, $stat[7], tail_of( $fh, $stat[7] ) );
    $r->{at} = $r->{end} > $r->{bytes} ? $r->{end} - $r->{bytes} : 0;
    return sysseek( $fh, $r->{at}, 0 ) ? 'open' : 'unreadable';
}

# What tells a file that was asked for as the one before: also how it ends.
sub say_past {
    my ( $r, $end, $tail ) = @_;
    say_identity( $r->{source}, { %{$r}, offset => $end, tail => $tail }, 'past' ) if $r->{what} eq 'P';
    return;
}

# A packed file can only be read from its start: what may be wanted of it is kept.
sub keep {
    my ( $r, $bytes ) = @_;
    $r->{window} .= $bytes;
    my $over = length( $r->{window} ) - $r->{bytes};
    substr $r->{window}, 0, $over, q{} if $over > 4 * $CHUNK;
    return;
}

sub reply_window {
    my ($r) = @_;
    say_past( $r, $r->{at}, substr $r->{window}, -64 );
    if ( $r->{end} >= 0 && $r->{at} > $r->{end} ) {
        substr $r->{window}, $r->{end} - $r->{at}, $r->{at} - $r->{end}, q{};
        $r->{at} = $r->{end};
    }
    my $over = length( $r->{window} ) - $r->{bytes};
    substr $r->{window}, 0, $over, q{} if $over > 0;
    my $from = $r->{at} - length $r->{window};
    my $at   = 0;
    while ( $at < length $r->{window} ) {
        reply( $r, $from + $at, substr $r->{window}, $at, $CHUNK );
        $at += $CHUNK;
    }
    return;
}

1;
