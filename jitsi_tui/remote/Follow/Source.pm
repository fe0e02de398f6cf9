# One log: the file that is there, those that it replaced, those that must be read before it.
package Follow::Source;
use strict;
use warnings;
use Errno qw(ENOENT ENOTDIR);
use Exporter qw(import);
use Follow::Disk qw(read_full read_at open_plain close_stream wake $HEAD $DAMAGED);
use Follow::Handle qw(new_handle ends_with tail_of take_head look_around adopt grown pump end_file linger say_gap say_unreadable $CHUNK);
use Follow::Journal qw(start_journal read_journal);
use Follow::Match qw(intact);
use Follow::Out qw(emit say_state say_trouble);
use Follow::Rotation qw(moved emptied unseen queue_between come_back);

our $VERSION   = '1';
our @EXPORT_OK = qw(step open_live settled $TAIL_LINES $TAIL_BYTES);

our $TAIL_LINES = 10;           # where to start in a file that is new to the client
our $TAIL_BYTES = 4_194_304;    # how far to look back for them

my $LINGER = 30;                # seconds that a replaced file is still read after its last line

# The offset at which the last lines start, looking back over a bounded part of the file.
sub tail_offset {
    my ( $fh, $size ) = @_;
    return 0     if $TAIL_LINES < 0;
    return $size if !$TAIL_LINES;
    my $floor = $size > $TAIL_BYTES ? $size - $TAIL_BYTES : 0;
    my ( $at, $lines, $first ) = ( $size, $TAIL_LINES + 1, $size );
    while ( $at > $floor ) {
        my $from = $at - 65_536 > $floor ? $at - 65_536 : $floor;
        my $block = read_at( $fh, $from, $at - $from );
        # A last line without its end counts as a line.
        $lines-- if $at == $size && $block !~ /\n\z/xms;
        my $place = length $block;
        while ( $place > 0 && ( $place = rindex $block, "\n", $place - 1 ) >= 0 ) {
            return $from + $place + 1 if !--$lines;
            $first = $from + $place + 1;
        }
        $at = $from;
    }
    return $floor ? $first : 0;
}

# Opens the log that is there now, if we may read it.
sub open_live {
    my ( $s, $from_start ) = @_;
    my $around = look_around($s);
    my ( $fh, @stat ) = open_plain( $s->{path}, 0 );
    if ( !$fh ) {
        $s->{known} = $around->{known} if !length $s->{state};
        say_trouble($s);
        return;
    }
    my $h = new_handle( $s, $fh, \@stat );
    $s->{first} //= { file => $h->{file}, size => $stat[7] };
    if ( come_back( $s, $h, $stat[7] ) ) {
        # It was away for a while.
        $s->{owed} = q{};
    }
    elsif ($from_start) {
        # It may have come and been put aside more than once since we looked.
        queue_between( $s, { mtime => $s->{since} }, undef, $h );
    }
    else {
        $h->{offset} = tail_offset( $fh, $stat[7] );
        $h->{tail}   = tail_of( $fh, $h->{offset} );
    }
    say_owed($s);
    return adopt( $s, $h, $around );
}

# Says that lines of a log are lost that was away, and did not come back.
sub say_owed {
    my ($s) = @_;
    say_gap( $s, 0, delete $s->{owed} );
    return;
}

# One round of one source. Returns whether there is more to be had at once.
sub step {
    my ($s) = @_;
    return 1 if @{ $s->{old} } && old_round($s);
    return drain_queue($s) if @{ $s->{queue} };
    return live_round($s);
}

# Whether all that there was of a log at first has been told; it may grow faster than it is read, and a
# journal may yet take a missing file's place.
sub settled {
    my ($s) = @_;
    my ( $h, $first ) = @{$s}{qw(live first)};
    return !$Follow::Journal::once || !length $s->{unit} || $s->{state} eq 'unreadable' if !$h;
    return $first && !@{ $s->{queue} } && ( $h->{file} != $first->{file} || $h->{offset} >= $first->{size} || $h->{failed} );
}

# Files that were replaced: whoever has them open may still write to them.
sub old_round {
    my ($s) = @_;
    my ( $busy, @kept ) = (0);
    for my $h ( @{ $s->{old} } ) {
        my $quiet = $Follow::Out::now - $h->{grew};
        my $n = $quiet < 3 || $Follow::Out::round % 3 == 0 ? pump( $s, $h ) : 1;
        $busy = 1 if $n == $CHUNK;
        if ( $n < 0 || ( $n == 0 && $quiet > $LINGER ) ) {
            end_file( $s, $h );
            say_unreadable( $s, $h->{file}, $h->{path}, $h->{failed} ) if $h->{failed};
            grown( $s, $h );
        }
        else { push @kept, $h }
    }
    $s->{old} = \@kept;
    return $busy;
}

# The next piece of a file that rotation has put aside, before anything newer.
sub drain_queue {
    my ($s) = @_;
    my $stream = $s->{queue}[0];
    return 0 if $stream->{rests} && !wake($stream);
    my $bytes;
    if    ( length $stream->{ahead} ) { ( $bytes, $stream->{ahead} ) = ( $stream->{ahead}, q{} ) }
    elsif ( $stream->{pid} )          { $bytes = read_full( $stream->{fh}, $CHUNK ) }
    else                              { $bytes = read_at( $stream->{fh}, $stream->{offset}, $CHUNK ) }
    if ( length $bytes ) {
        # It may have been empty when it was found, and its writer late.
        take_head( $s, $stream, $bytes ) if !$stream->{pid} && length $stream->{head} < $HEAD;
        emit( 'D', $s->{index}, $stream->{file}, $stream->{offset}, $bytes );
        $stream->{offset} += length $bytes;
        $stream->{tail} = ends_with( $stream->{tail}, $bytes );
        return 1;
    }
    my $failed = $Follow::Disk::failed;
    shift @{ $s->{queue} };
    if   ( $stream->{pid} || $stream->{then_gap} || $failed ) { end_file( $s, $stream ) }
    else                                                      { linger( $s, $stream ) }
    # What was packed, and is no longer whole, ends with an error of whoever unpacks it.
    say_unreadable( $s, $stream->{file}, $stream->{path}, $failed || $DAMAGED ) if $failed || $stream->{status};
    say_gap( $s, $stream->{file}, $stream->{then_gap} );
    my $h = $s->{live};
    # The log had to wait, and may have been emptied meanwhile.
    emptied( $s, $h ) if !@{ $s->{queue} } && $h && !intact($h);
    return 1;
}

sub live_round {
    my ($s) = @_;
    my $h = $s->{live};
    my @stat = stat $s->{path};
    if ( !@stat ) {
        $Follow::Out::trouble = { missing => $! == ENOENT || $! == ENOTDIR, text => "$!" };
        $s->{gone} ||= $Follow::Out::now;
        return absent($s) if !$h;
        return nameless( $s, $h );
    }
    $s->{gone} = 0;
    if ( !$h ) {
        return 0 if $s->{state} eq 'unreadable' && $Follow::Out::round % 30;
        open_live( $s, $s->{absent} || $s->{state} ne 'unreadable' );
        return $s->{live} ? 1 : 0;
    }
    return moved( $s, $h ) if $stat[1] != $h->{ino} || $stat[0] != $h->{dev};
    return 0 if $h->{failed} && !open_again( $s, $h );
    say_state( $s, 'open', q{} ) if $s->{state} ne 'open';
    return 1 if unseen( $s, $h );
    return 0 if $stat[7] == $h->{offset} && $stat[9] == $h->{mtime} && ( $stat[7] || !length $h->{head} );
    $h->{mtime} = $stat[9];
    my $n = $stat[7] < $h->{offset} ? -1 : pump( $s, $h );
    if ( $n < 0 ) { emptied( $s, $h ); return 1 }
    return $n == $CHUNK;
}

# The log was renamed or removed, and there is no other yet. As long as somebody writes to it, it is read,
# and nothing is missing.
sub nameless {
    my ( $s, $h ) = @_;
    my $trouble = $Follow::Out::trouble;
    my $n = pump( $s, $h );
    say_state( $s, 'open', q{} ) if $n > 0;
    my $last = $h->{grew} > $s->{gone} ? $h->{grew} : $s->{gone};
    return $n == $CHUNK if $Follow::Out::now - $last < 3;
    $Follow::Out::trouble = $trouble;
    say_trouble($s);
    return 0;
}

# Reading failed: a file of another machine is no longer the one that was opened, or a disk is broken.
# Returns whether it can be read again, which is tried now and then.
sub open_again {
    my ( $s, $h ) = @_;
    $Follow::Out::trouble = { missing => 0, text => $h->{failed} };
    say_trouble($s);
    return 0 if $Follow::Out::round % 30;
    my ( $fh, @stat ) = open_plain( $s->{path}, 0 ) or return 0;
    return 0 if $stat[7] && !length read_at( $fh, 0, 1 );
    close_stream($h);
    @{$h}{qw(fh failed mtime)} = ( $fh, q{}, 0 );
    return 1;
}

sub absent {
    my ($s) = @_;
    $s->{absent} ||= $Follow::Out::trouble->{missing};
    say_trouble($s) if $s->{state} ne 'journal';
    if ( !$s->{journal} && $Follow::Out::now - $s->{gone} > 1 && $s->{state} ne 'unreadable' && length $s->{unit} ) {
        say_owed($s);
        start_journal( $s, $TAIL_LINES );
    }
    return read_journal($s);
}

1;
