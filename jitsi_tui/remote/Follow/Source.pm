# One log: the file that is there, those that it replaced, those that must be read before it.
package Follow::Source;
use strict;
use warnings;
use Errno qw(ENOENT ENOTDIR);
use Exporter qw(import);
use Follow::Disk qw(read_full read_at open_plain open_any close_stream family $HEAD);
use Follow::Journal qw(start_journal read_journal stop_journal);
use Follow::Match qw(compare intact same_file match_file find_copy);
use Follow::Out qw(emit say_identity say_state say_trouble);

our $VERSION   = '1';
our @EXPORT_OK = qw(step open_live resume $TAIL_LINES $TAIL_BYTES $CHUNK);

our $TAIL_LINES = 10;           # where to start in a file that is new to the client
our $TAIL_BYTES = 4_194_304;    # how far to look back for them
our $CHUNK      = 131_072;      # bytes of one file in one round

my $TAIL   = 64;                # bytes before the offset that must still be there
my $LINGER = 30;                # seconds that a replaced file is still read after its last line

sub new_handle {
    my ( $s, $fh, $stat ) = @_;
    return {
        source => $s, fh => $fh, path => $s->{path}, dev => $stat->[0], ino => $stat->[1], mtime => $stat->[9],
        file => $Follow::Out::next++, offset => 0, head => read_at( $fh, 0, $HEAD ), tail => q{},
        grew => $Follow::Out::now,
    };
}

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
    my ( $fh, @stat ) = open_plain( $s->{path}, 0 );
    if ( !$fh ) {
        $s->{known} = marks_of($s) if !length $s->{state};
        say_trouble($s);
        return;
    }
    my $h = new_handle( $s, $fh, \@stat );
    if ($from_start) {
        # It may have come and been put aside more than once since we looked.
        queue_between( $s, { mtime => $s->{since} }, undef, $h );
    }
    else {
        $h->{offset} = tail_offset( $fh, $stat[7] );
        my $length = $h->{offset} < $TAIL ? $h->{offset} : $TAIL;
        $h->{tail} = read_at( $fh, $h->{offset} - $length, $length );
    }
    return adopt( $s, $h );
}

sub marks_of {
    my ($s) = @_;
    return { map { ( mark_of($_) => 1 ) } family($s) };
}

# What tells a file that was put aside from a later one, also if that was given the same inode.
sub mark_of { my ($one) = @_; return "$one->{dev}:$one->{ino}:$one->{mtime}" }

sub adopt {
    my ( $s, $h ) = @_;
    stop_journal($s);
    $s->{live}  = $h;
    $s->{known} = marks_of($s);
    step_over_hole($h) if !$h->{offset};
    say_identity( $s, $h, 'live' );
    say_state( $s, 'open', q{} );
    return;
}

# A writer that does not append leaves a hole where the bytes before a truncation were.
sub step_over_hole {
    my ($h) = @_;
    return if $h->{head} !~ /\A\0{256}/xms;
    my $at = sysseek $h->{fh}, 0, 3;    # SEEK_DATA
    return if !$at;
    my $block = read_full( $h->{fh}, 65_536 );
    $block =~ /\A\0*/xms;
    $h->{offset} = $at + $+[0];
    $h->{tail}   = read_at( $h->{fh}, $h->{offset} - $TAIL, $TAIL );
    return;
}

# Hands over what was added to a file. Returns how much, or -1 if the file is not what it was.
sub pump {
    my ( $s, $h ) = @_;
    my $kept = length $h->{tail};
    sysseek $h->{fh}, $h->{offset} - $kept, 0 or return 0;
    my $n = sysread $h->{fh}, my $bytes, $kept + $CHUNK;
    return 0  if !defined $n;
    return -1 if $n < $kept || substr( $bytes, 0, $kept ) ne $h->{tail};
    return 0  if $n == $kept;
    if ( length $h->{head} < $HEAD ) {
        $h->{head} = read_at( $h->{fh}, 0, $HEAD );
        say_identity( $s, $h, 'head' );
    }
    emit( 'D', $s->{index}, $h->{file}, $h->{offset}, $kept ? substr $bytes, $kept : $bytes );
    $h->{offset} += $n - $kept;
    $h->{tail} = substr $bytes, $n < $TAIL ? 0 : -$TAIL;
    $h->{grew} = $Follow::Out::now;
    return $n - $kept;
}

sub end_file {
    my ( $s, $h ) = @_;
    emit( 'E', $s->{index}, $h->{file}, $h->{offset}, q{} );
    close_stream($h);
    return;
}

sub say_gap {
    my ( $s, $file, $why ) = @_;
    emit( 'G', $s->{index}, $file, 0, $why ) if $why;
    return;
}

# One round of one source. Returns whether there is more to be had at once.
sub step {
    my ($s) = @_;
    return 1 if @{ $s->{old} } && old_round($s);
    return drain_queue($s) if @{ $s->{queue} };
    return live_round($s);
}

# Files that were replaced: whoever has them open may still write to them.
sub old_round {
    my ($s) = @_;
    my ( $busy, @kept ) = (0);
    for my $h ( @{ $s->{old} } ) {
        my $quiet = $Follow::Out::now - $h->{grew};
        my $n = $quiet < 3 || $Follow::Out::round % 10 == 0 ? pump( $s, $h ) : 1;
        $busy = 1 if $n == $CHUNK;
        if ( $n < 0 || ( $n == 0 && $quiet > $LINGER ) ) { end_file( $s, $h ) }
        else                                             { push @kept, $h }
    }
    $s->{old} = \@kept;
    return $busy;
}

# The next piece of a file that rotation has put aside, before anything newer.
sub drain_queue {
    my ($s) = @_;
    my $stream = $s->{queue}[0];
    my $bytes;
    if   ( length $stream->{ahead} ) { ( $bytes, $stream->{ahead} ) = ( $stream->{ahead}, q{} ) }
    else                             { $bytes = read_full( $stream->{fh}, $CHUNK ) }
    if ( length $bytes ) {
        emit( 'D', $s->{index}, $stream->{file}, $stream->{offset}, $bytes );
        $stream->{offset} += length $bytes;
        return 1;
    }
    shift @{ $s->{queue} };
    if   ( $stream->{pid} || $stream->{then_gap} ) { end_file( $s, $stream ) }
    else                                           { linger( $s, $stream ) }
    say_gap( $s, $stream->{file}, $stream->{then_gap} );
    my $h = $s->{live};
    # The log had to wait, and may have been emptied meanwhile.
    emptied( $s, $h ) if !@{ $s->{queue} } && $h && !intact($h);
    return 1;
}

# Whoever wrote a file that was put aside may still have it open.
sub linger {
    my ( $s, $stream ) = @_;
    my $length = $stream->{offset} < $TAIL ? $stream->{offset} : $TAIL;
    $stream->{tail} = read_at( $stream->{fh}, $stream->{offset} - $length, $length );
    $stream->{grew} = $stream->{mtime};
    push @{ $s->{old} }, $stream;
    return;
}

sub live_round {
    my ($s) = @_;
    my $h = $s->{live};
    my @stat = stat $s->{path};
    if ( !@stat ) {
        $Follow::Out::trouble = { missing => $! == ENOENT || $! == ENOTDIR, text => "$!" };
        $s->{gone} ||= $Follow::Out::now;
        return absent($s) if !$h;
        say_trouble($s) if $Follow::Out::now - $s->{gone} > 1;
        return pump( $s, $h ) == $CHUNK;
    }
    $s->{gone} = 0;
    if ( !$h ) {
        return 0 if $s->{state} eq 'unreadable' && $Follow::Out::round % 100;
        open_live( $s, $s->{state} ne 'unreadable' );
        return $s->{live} ? 1 : 0;
    }
    return moved( $s, $h ) if $stat[1] != $h->{ino} || $stat[0] != $h->{dev};
    say_state( $s, 'open', q{} ) if $s->{state} ne 'open';
    return 0 if $stat[7] == $h->{offset} && $stat[9] == $h->{mtime};
    $h->{mtime} = $stat[9];
    my $n = $stat[7] < $h->{offset} ? -1 : pump( $s, $h );
    if ( $n < 0 ) { emptied( $s, $h ); return 1 }
    return $n == $CHUNK;
}

sub absent {
    my ($s) = @_;
    say_trouble($s) if $s->{state} ne 'journal';
    start_journal( $s, $TAIL_LINES )
        if !$s->{journal} && $Follow::Out::now - $s->{gone} > 1 && $s->{state} ne 'unreadable';
    return read_journal($s);
}

# The name is another file's: read the old one to its end, then what came between, then the new one.
sub moved {
    my ( $s, $h ) = @_;
    return 1 if pump( $s, $h ) == $CHUNK;
    my ( $fh, @stat ) = open_plain( $s->{path}, 0 );
    if ( !$fh ) {
        say_trouble($s) if !$Follow::Out::trouble->{missing};
        return 0;
    }
    if ( $h->{offset} && intact($h) && compare( sub { read_at( $fh, @_ ) }, $h, $stat[7] ) eq 'full' ) {
        # An editor wrote it anew: the same lines in another file.
        close_stream($h);
        @{$h}{qw(fh dev ino mtime path)} = ( $fh, @stat[ 0, 1, 9 ], $s->{path} );
        say_identity( $s, $h, 'live' );
        return 1;
    }
    emit( 'S', $s->{index}, $h->{file}, 0, 'rotated -' );
    if ( $h->{then_gap} ) {
        # We have read a copy, which nobody writes to.
        end_file( $s, $h );
        say_gap( $s, $h->{file}, $h->{then_gap} );
    }
    else {
        $h->{grew} = $Follow::Out::now;
        push @{ $s->{old} }, $h;
    }
    my $new = new_handle( $s, $fh, \@stat );
    queue_between( $s, $h, $h, $new );
    adopt( $s, $new );
    return 1;
}

# The file was emptied: its rest is in a copy, if one was made.
sub emptied {
    my ( $s, $h ) = @_;
    emit( 'S', $s->{index}, $h->{file}, 0, 'emptied -' );
    my ( $how, $stream, $one ) = find_copy($h);
    my @stat = stat $h->{fh};
    my $new = new_handle( $s, $h->{fh}, \@stat );
    if ($stream) {
        $stream->{then_gap} = 'copied';
        put_aside( $s, $stream, $h->{file}, $h->{offset} );
    }
    else {
        emit( 'E', $s->{index}, $h->{file}, $h->{offset}, q{} );
        say_gap( $s, $h->{file}, $how eq 'short' ? 'copied' : 'emptied' );
    }
    queue_between( $s, $h, $one, $new );
    adopt( $s, $new );
    return;
}

sub put_aside {
    my ( $s, $stream, $file, $offset ) = @_;
    @{$stream}{qw(file offset)} = ( $file, $offset );
    $stream->{ahead} = q{} if !defined $stream->{ahead};
    sysseek $stream->{fh}, $offset, 0 if !$stream->{pid};
    push @{ $s->{queue} }, $stream;
    return;
}

# Files that were the log, and were put aside, between the one we read ($left, which is $one in the
# family now, if at all) and the one that is there now ($new).
sub queue_between {
    my ( $s, $left, $one, $new ) = @_;
    my @family = family($s);
    my ($place) = grep { $one && same_file( $family[$_], $one ) } 0 .. $#family;
    my @between = defined $place ? @family[ $place + 1 .. $#family ]
        : grep { $_->{mtime} >= $left->{mtime} && !$s->{known}{ mark_of($_) } } @family;
    my $gap = @{ $s->{queue} } ? $s->{queue}[-1]{then_gap} : $left->{then_gap};
    for my $file (@between) {
        next if !$file->{size} || grep { $_ && same_file( $_, $file ) } $new, @{ $s->{old} };
        my ( $fh, $pid, @stat ) = open_any($file);
        if ( !$fh ) { say_gap( $s, 0, 'unreadable' ); next }
        my $head = $pid ? read_full( $fh, $HEAD ) : read_at( $fh, 0, $HEAD );
        my $stream = { fh => $fh, pid => $pid, dev => $stat[0], ino => $stat[1], mtime => $stat[9], head => $head,
            tail => q{}, ahead => $pid ? $head : q{}, path => $file->{path}, then_gap => $gap };
        put_aside( $s, $stream, $Follow::Out::next++, 0 );
        say_identity( $s, $stream, 'aside' );
    }
    return;
}

# Takes up a file where the client left it, wherever it lies now; the last of a source is its log.
sub resume {
    my ( $s, $h, $last ) = @_;
    my $current = { path => $s->{path}, kind => q{}, current => 1 };
    my ( $how, $found ) = match_file( $h, $current );
    my ( $gap, $one ) = (q{});
    if ( $how ne 'full' ) {
        ( $how, $found, $one ) = find_copy($h);
        $gap = 'copied' if $found && $last && is_copy( $h, $found );
    }
    if ( $found && !$found->{pid} ) {
        @{$h}{qw(fh dev ino mtime path grew)} = ( @{$found}{qw(fh dev ino mtime path)}, $Follow::Out::now );
        $h->{then_gap} = $gap;
        say_identity( $s, $h, $last ? 'live' : 'old' );
        if   ($last) { $s->{live} = $h }
        else         { push @{ $s->{old} }, $h }
        return;
    }
    if ($found) {
        $found->{then_gap} = $gap;
        put_aside( $s, $found, $h->{file}, $h->{offset} );
    }
    else {
        emit( 'E', $s->{index}, $h->{file}, $h->{offset}, q{} );
        say_gap( $s, $h->{file}, $how eq 'short' ? 'copied' : 'gone' );
    }
    return if !$last;
    my ( $fh, @stat ) = open_plain( $s->{path}, 0 );
    my $new = $fh ? new_handle( $s, $fh, \@stat ) : undef;
    say_trouble($s) if !$new;
    queue_between( $s, $h, $one, $new );
    adopt( $s, $new ) if $new;
    return;
}

# Whether what holds a file's bytes now is a copy of it, made before it was emptied.
sub is_copy {
    my ( $h, $found ) = @_;
    return !same_file( $found, $h ) if !$found->{pid};
    # A packed file is another one in any case: then the emptied one is still there.
    my @stat = stat $h->{source}{path};
    return @stat && $stat[0] == $h->{dev} && $stat[1] == $h->{ino};
}

1;
