#!/usr/bin/perl
# Follows log files and hands what is written to them over in frames.
#
# Input (behind __END__): lines of words, the last one "go"; afterwards requests, one a line.
#   nonce HEX16                     every frame starts with these eight bytes
#   tail LINES BYTES                where to start in a file that is new to the client; -1: at its start
#   next FILE                       the first number that is free for a file
#   source INDEX PATH UNIT          PATH and UNIT in hex, UNIT may be "-"
#   resume INDEX FILE DEV INO HEAD OFFSET TAIL MTIME     HEAD and TAIL in hex, "-" where empty
#   cursor INDEX FILE CURSOR        the last journal entry that was seen, in hex
#   fresh INDEX                     there was no file before: if there is one, all of it is new
# Requests (no sooner than the first frame has come): file contents, answered by frames A and Z.
#   W ID INDEX FILE DEV INO HEAD END BYTES    at most BYTES before END (-1: before its end)
#   P ID INDEX FILE DEV INO HEAD BYTES        the last BYTES of the file that came before this one
#   Q                                         end
# Output: nonce, type (1 byte), source (2), file (4), offset (8), length (4), payload; big endian.
#   H hello   I a file's identity   D data   J journal entries   E a file's end   G gap   S state
#   A answer  Z an answer's end     T still alive   C what was there at the start has been said
# A file keeps its number for as long as its bytes are the same, whatever it is called.
use strict;
use warnings;
use Errno qw(ENOENT ENOTDIR EINTR EAGAIN);
use Fcntl qw(:DEFAULT);
use POSIX ();

package main;

my $HEAD    = 256;          # bytes that identify a file by its start
my $TAIL    = 64;           # bytes before the offset that must still be there
my $CHUNK   = 131_072;      # bytes of one file in one round
my $POLL    = 0.01;         # seconds between rounds
my $LINGER  = 30;           # seconds a replaced file is still read after its last line
my $BEAT    = 15;           # seconds of silence after which we say that we live
my %UNPACK  = ( gz => 'gzip', xz => 'xz', bz2 => 'bzip2', zst => 'zstd' );
my $NOFOLLOW = eval { Fcntl::O_NOFOLLOW() } || 0;

my ( $nonce, $tail_lines, $tail_bytes, $next ) = ( q{}, 10, 4_194_304, 1 );
my ( @sources, @requests, %child );
my ( $out, $input, $round, $spoke, $now, $caught_up, $trouble ) = ( q{}, q{}, 0, time, time, 0, undef );

# --- output -----------------------------------------------------------------------------------

sub emit {
    my ( $type, $source, $file, $offset, $payload ) = @_;
    $out .= $nonce . pack( 'a1nNQ>N', $type, $source, $file, $offset, length $payload ) . $payload;
    return;
}

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

sub say_trouble {
    my ($s) = @_;
    say_state( $s, $trouble->{missing} ? 'missing' : 'unreadable', $trouble->{text} );
    return;
}

sub say_state {
    my ( $s, $state, $detail ) = @_;
    return if $s->{state} eq $state;
    $s->{state} = $state;
    emit( 'S', $s->{index}, 0, 0, "$state " . hex_of($detail) );
    return;
}

# --- files ------------------------------------------------------------------------------------

# Reads exactly what is asked for, or less at the end of the file.
sub read_full {
    my ( $fh, $want ) = @_;
    my $got = q{};
    while ( length $got < $want ) {
        my $n = sysread $fh, $got, $want - length $got, length $got;
        next if !defined $n && $! == EINTR;
        last if !$n;
    }
    return $got;
}

sub read_at {
    my ( $fh, $from, $want ) = @_;
    sysseek $fh, $from, 0 or return q{};
    return read_full( $fh, $want );
}

# A regular file opened for reading, with what stat says of it; or nothing, and the reason in $trouble.
sub open_plain {
    my ( $path, $flags ) = @_;
    if ( !sysopen my $fh, $path, O_RDONLY | O_NONBLOCK | O_NOCTTY | $flags ) {
        $trouble = { missing => $! == ENOENT || $! == ENOTDIR, text => "$!" };
        return;
    }
    else {
        my @stat = stat $fh;
        return ( $fh, @stat ) if -f _;
        $trouble = { missing => 0, text => 'not a regular file' };
        return;
    }
}

# A program's output as a stream, as (handle, process); $in, if given, becomes its standard input.
sub open_program {
    my ( $in, @argv ) = @_;
    pipe my $from, my $to or return;
    my $pid = fork;
    return if !defined $pid;
    if ( !$pid ) {
        local $SIG{PIPE} = 'DEFAULT';
        sysopen my $null, '/dev/null', O_RDWR or POSIX::_exit(126);
        POSIX::dup2( fileno( $in || $null ), 0 );
        POSIX::dup2( fileno $to,   1 );
        POSIX::dup2( fileno $null, 2 );
        exec { $argv[0] } @argv or POSIX::_exit(127);
    }
    close $to or return;
    $child{$pid} = 1;
    return ( $from, $pid );
}

# The output of gzip and its like over a file that we opened ourselves, so that no name is an option.
sub open_packed {
    my ( $path, $kind ) = @_;
    my ( $in, @stat ) = open_plain( $path, $NOFOLLOW ) or return;
    my ( $from, $pid ) = open_program( $in, $UNPACK{$kind}, '-dc' ) or return;
    return ( $from, $pid, @stat );
}

sub close_stream {
    my ($segment) = @_;
    close $segment->{fh} or return;
    if ( my $pid = $segment->{pid} ) {
        waitpid $pid, 0;
        delete $child{$pid};
    }
    return;
}

# What rotation left of a log, the oldest first: [path, packed as, dev, ino, mtime, size].
sub family {
    my ($s) = @_;
    my ( $folder, $base ) = $s->{path} =~ m{\A(.*/)([^/]+)\z}xms or return;
    my ( $stem, $end ) = $base =~ m{\A(.+)([.][[:alpha:]]+)\z}xms ? ( $1, $2 ) : ( $base, q{} );
    opendir my $dir, $folder or return;
    my ( %plain, @found );
    for my $name ( readdir $dir ) {
        my ( $mark, $kind ) = $name =~ m{\A\Q$base\E[.-](\d[\w-]*)(?:[.](gz|xz|bz2|zst))?\z}xms;
        ( $mark, $kind ) = $name =~ m{\A\Q$stem\E[.-](\d[\w-]*)\Q$end\E(?:[.](gz|xz|bz2|zst))?\z}xms
            if !defined $mark && length $end;
        next if !defined $mark;
        my @stat = lstat $folder . $name;
        next if !@stat || !-f _;
        $kind = defined $kind ? $kind : q{};
        $plain{$mark} = 1 if !$kind;
        push @found, [ $folder . $name, $kind, @stat[ 0, 1, 9, 7 ], $mark ];
    }
    closedir $dir or return;
    # Beside its finished copy a packed one may still be in the making.
    @found = grep { !$_->[1] || !$plain{ $_->[6] } } @found;
    @found = sort { older( $a, $b ) } @found;
    return @found;
}

# ".2" came before ".1", "-20260102" after "-20260101"; where names mix both, time decides.
sub older {
    my ( $left, $right ) = @_;
    my ( $l, $r ) = ( $left->[6], $right->[6] );
    return $r <=> $l if $l =~ /\A\d{1,5}\z/xms && $r =~ /\A\d{1,5}\z/xms;
    return $l cmp $r if length $l > 5 && length $r > 5;
    return $left->[4] <=> $right->[4];
}

# Whether a file's bytes are those of an identity up to an offset.
# "full": yes; "short": the same start, but it ends before the offset; else "no".
sub compare {
    my ( $reader, $h, $size ) = @_;
    my $length = length $h->{head};
    my $start  = $reader->( 0, $length );
    return 'no' if $start ne $h->{head};
    return $length < 16 ? 'no' : 'short' if defined $size && $size < $h->{offset};
    my $tail = length $h->{tail};
    return 'full' if !$tail;
    my $before = $reader->( $h->{offset} - $tail, $tail );
    return 'full' if $before eq $h->{tail};
    return length $before < $tail && $length >= 16 ? 'short' : 'no';
}

# Opens one of the family if it holds the handle's bytes; the answer stands at the offset.
sub match_file {
    my ( $h, $path, $kind, $dev, $ino ) = @_;
    if ($kind) {
        return ('no') if !length $h->{head};
        my ( $fh, $pid, @stat ) = open_packed( $path, $kind ) or return ('no');
        my $segment = { fh => $fh, pid => $pid, dev => $stat[0], ino => $stat[1], mtime => $stat[9] };
        my ( $at, $kept ) = ( 0, q{} );
        my $reader = sub {
            my ( $from, $want ) = @_;
            while ( $at < $from + $want ) {
                my $more = $from + $want - $at;
                my $bytes = read_full( $fh, $more > 65_536 ? 65_536 : $more );
                last if !length $bytes;
                $at += length $bytes;
                $kept = substr $kept . $bytes, -( 65_536 + $HEAD );
            }
            my $back = $at - $from;
            return q{} if $back <= 0 || $back > length $kept;
            return substr $kept, -$back, $want;
        };
        my $how = compare( $reader, $h, undef );
        # The start was read ahead of a small offset: what came too early goes out first.
        $segment->{ahead} = $at > $h->{offset} ? substr $kept, -( $at - $h->{offset} ) : q{};
        close_stream($segment) if $how ne 'full';
        return ( $how, $segment );
    }
    my ( $fh, @stat ) = open_plain( $path, $path eq $h->{source}{path} ? 0 : $NOFOLLOW ) or return ('no');
    my $same = $stat[0] == $h->{dev} && $stat[1] == $h->{ino};
    my $how = length $h->{head} || $same ? compare( sub { read_at( $fh, @_ ) }, $h, $stat[7] ) : 'no';
    if ( $how ne 'full' ) { close $fh or return ('no') }
    return ( $how, { fh => $fh, dev => $stat[0], ino => $stat[1], mtime => $stat[9] } );
}

# --- following --------------------------------------------------------------------------------

sub new_handle {
    my ( $s, $fh, $path, $dev, $ino, $mtime ) = @_;
    my %handle = (
        source => $s, fh => $fh, path => $path, dev => $dev, ino => $ino, mtime => $mtime,
        file => $next++, offset => 0, head => read_at( $fh, 0, $HEAD ), tail => q{}, grew => $now,
    );
    return \%handle;
}

# The offset at which the last lines start, looking back over a bounded part of the file.
sub tail_offset {
    my ( $fh, $size ) = @_;
    return 0     if $tail_lines < 0;
    return $size if !$tail_lines;
    my ( $at, $lines, $floor ) = ( $size, $tail_lines + 1, $size > $tail_bytes ? $size - $tail_bytes : 0 );
    my $first = 0;
    while ( $at > $floor ) {
        my $from = $at - 65_536 > $floor ? $at - 65_536 : $floor;
        my $block = read_at( $fh, $from, $at - $from );
        # A last line without its end counts as a line.
        $lines-- if $at == $size && $block !~ /\n\z/xms;
        my $place = length $block;
        while ( ( $place = rindex $block, "\n", $place - 1 ) >= 0 ) {
            $first = $from + $place + 1;
            return $first if !--$lines;
            last if !$place;
        }
        $at = $from;
    }
    return $floor ? $first : 0;
}

# Looks at the path again: is it there, may we read it, is it another file than before?
sub open_live {
    my ( $s, $from_start ) = @_;
    my ( $fh, @stat ) = open_plain( $s->{path}, 0 );
    if ( !$fh ) { say_trouble($s); return }
    my $h = new_handle( $s, $fh, $s->{path}, @stat[ 0, 1, 9 ] );
    if ( !$from_start ) {
        $h->{offset} = tail_offset( $fh, $stat[7] );
        my $length = $h->{offset} < $TAIL ? $h->{offset} : $TAIL;
        $h->{tail} = read_at( $fh, $h->{offset} - $length, $length );
    }
    adopt( $s, $h );
    return $h;
}

sub adopt {
    my ( $s, $h ) = @_;
    stop_journal($s);
    $s->{live}  = $h;
    $s->{known} = { map { ( "$_->[2]:$_->[3]" => 1 ) } family($s) };
    say_identity( $s, $h, 'live' );
    skip_hole($h) if !$h->{offset};
    say_state( $s, 'open', q{} );
    return;
}

# A writer that does not append leaves a hole where the bytes before a truncation were.
sub skip_hole {
    my ($h) = @_;
    return if $h->{head} !~ /\A\0{256}/xms;
    my $at = sysseek $h->{fh}, 0, 3;    # SEEK_DATA
    return if !$at;
    my $block = read_full( $h->{fh}, 65_536 );
    $block =~ /\A\0*/xms;
    $h->{offset} = $at + $+[0];
    $h->{tail}   = read_at( $h->{fh}, $h->{offset} - $TAIL, $TAIL );
    say_identity( $h->{source}, $h, 'live' );
    return;
}

# Hands over what was added to a file. Returns the bytes, or -1 if the file is not what it was.
sub pump {
    my ( $s, $h ) = @_;
    my $kept = length $h->{tail};
    sysseek $h->{fh}, $h->{offset} - $kept, 0 or return 0;
    my $n = sysread $h->{fh}, my $bytes, $kept + $CHUNK;
    return 0 if !defined $n;
    return -1 if $n < $kept || substr( $bytes, 0, $kept ) ne $h->{tail};
    return 0 if $n == $kept;
    if ( length $h->{head} < $HEAD ) {
        $h->{head} = read_at( $h->{fh}, 0, $HEAD );
        say_identity( $s, $h, 'head' );
    }
    emit( 'D', $s->{index}, $h->{file}, $h->{offset}, $kept ? substr $bytes, $kept : $bytes );
    $h->{offset} += $n - $kept;
    $h->{tail} = substr $bytes, $n < $TAIL ? 0 : -$TAIL;
    $h->{grew} = $now;
    return $n - $kept;
}

sub end_file {
    my ( $s, $h ) = @_;
    emit( 'E', $s->{index}, $h->{file}, $h->{offset}, q{} );
    close_stream($h);
    return;
}

# One round of one source. Returns whether there is more to be had at once.
sub step {
    my ($s) = @_;
    my $busy = 0;
    my $kept = [];
    for my $h ( @{ $s->{old} } ) {
        my $n = $now - $h->{grew} < 3 || $round % 10 == 0 ? pump( $s, $h ) : 0;
        $busy = 1 if $n == $CHUNK;
        if ( $n < 0 || ( $n == 0 && $now - $h->{grew} > $LINGER ) ) { end_file( $s, $h ); next }
        push @{$kept}, $h;
    }
    $s->{old} = $kept;
    return 1 if $busy;
    return drain_queue($s) if @{ $s->{queue} };
    return live_round($s);
}

# The next piece of a file that rotation has put aside, before anything newer.
sub drain_queue {
    my ($s) = @_;
    my $segment = $s->{queue}[0];
    my $bytes;
    if ( length $segment->{ahead} ) {
        ( $bytes, $segment->{ahead} ) = ( $segment->{ahead}, q{} );
    }
    else {
        $bytes = read_full( $segment->{fh}, $CHUNK );
    }
    if ( length $bytes ) {
        emit( 'D', $s->{index}, $segment->{file}, $segment->{offset}, $bytes );
        $segment->{offset} += length $bytes;
        return 1;
    }
    end_file( $s, shift @{ $s->{queue} } );
    if ( $segment->{then_gap} ) { emit( 'G', $s->{index}, $segment->{file}, 0, $segment->{then_gap} ) }
    my $h = $s->{live};
    emptied( $s, $h ) if !@{ $s->{queue} } && $h && !intact($h);
    return 1;
}

sub intact {
    my ($h) = @_;
    my @stat = stat $h->{fh};
    return compare( sub { read_at( $h->{fh}, @_ ) }, $h, $stat[7] ) eq 'full';
}

sub live_round {
    my ($s) = @_;
    my $h = $s->{live};
    my @stat = stat $s->{path};
    if ( !@stat ) {
        $trouble = { missing => $! == ENOENT || $! == ENOTDIR, text => "$!" };
        $s->{gone} ||= $now;
        return absent($s) if !$h;
        say_trouble($s) if $now - $s->{gone} > 1;
        return pump( $s, $h ) == $CHUNK;
    }
    $s->{gone} = 0;
    if ( !$h ) {
        return 0 if $s->{state} eq 'unreadable' && $round % 100;
        open_live( $s, $s->{state} ne 'unreadable' );
        return $s->{live} ? 1 : 0;
    }
    return moved( $s, $h ) if $stat[1] != $h->{ino} || $stat[0] != $h->{dev};
    say_state( $s, 'open', q{} );
    return 0 if $stat[7] == $h->{offset} && $stat[9] == $h->{mtime};
    $h->{mtime} = $stat[9];
    my $n = $stat[7] < $h->{offset} ? -1 : pump( $s, $h );
    if ( $n < 0 ) { emptied( $s, $h ); return 1 }
    return $n == $CHUNK;
}

sub absent {
    my ($s) = @_;
    say_trouble($s) if $s->{state} ne 'journal';
    start_journal($s) if $now - $s->{gone} > 1 && $s->{state} eq 'missing' && length $s->{unit};
    return read_journal($s);
}

# The path is another file: read the old one to its end, then what came between, then the new one.
sub moved {
    my ( $s, $h ) = @_;
    my $n = pump( $s, $h );
    return 1 if $n == $CHUNK;
    my ( $fh, @stat ) = open_plain( $s->{path}, 0 );
    if ( !$fh ) { say_trouble($s) if !$trouble->{missing}; return 0 }
    if ( $h->{offset} && intact($h)
        && compare( sub { read_at( $fh, @_ ) }, $h, $stat[7] ) eq 'full' )
    {
        # An editor wrote it anew: the same lines in another file.
        close $h->{fh} or return 0;
        @{$h}{qw(fh dev ino mtime path)} = ( $fh, @stat[ 0, 1, 9 ], $s->{path} );
        say_identity( $s, $h, 'live' );
        return 1;
    }
    my @family = family($s);
    my ($place) = grep { $family[$_][2] == $h->{dev} && $family[$_][3] == $h->{ino} } 0 .. $#family;
    emit( 'S', $s->{index}, $h->{file}, 0, 'rotated -' );
    emit( 'G', $s->{index}, $h->{file}, 0, $h->{then_gap} ) if $h->{then_gap};
    $h->{grew} = $now;
    push @{ $s->{old} }, $h;
    queue_after( $s, $h, $place, @family );
    adopt( $s, new_handle( $s, $fh, $s->{path}, @stat[ 0, 1, 9 ] ) );
    return 1;
}

# The file was emptied: its rest is in a copy, if one was made.
sub emptied {
    my ( $s, $h ) = @_;
    emit( 'S', $s->{index}, $h->{file}, 0, 'emptied -' );
    my @family = family($s);
    my ( $place, $how, $segment ) = find_copy( $h, @family );
    if ( defined $segment ) {
        put_aside( $s, $segment, $h->{file}, $h->{offset}, $family[$place][0] );
        $segment->{then_gap} = 'copied';
    }
    else {
        emit( 'E', $s->{index}, $h->{file}, $h->{offset}, q{} );
        emit( 'G', $s->{index}, $h->{file}, 0, defined $place ? 'copied' : 'emptied' );
    }
    queue_after( $s, $h, $place, @family );
    my @stat = stat $h->{fh};
    adopt( $s, new_handle( $s, $h->{fh}, $h->{path}, @stat[ 0, 1, 9 ] ) );
    return;
}

# The newest of the family that holds a handle's bytes: its place, how well, and an open stream.
sub find_copy {
    my ( $h, @family ) = @_;
    for my $place ( reverse 0 .. $#family ) {
        my ( $how, $segment ) = match_file( $h, @{ $family[$place] }[ 0 .. 3 ] );
        return ( $place, $how, $segment ) if $how eq 'full';
        return ( $place, $how ) if $how eq 'short';
    }
    return;
}

sub put_aside {
    my ( $s, $segment, $file, $offset, $path ) = @_;
    @{$segment}{qw(file offset path)} = ( $file, $offset, $path );
    $segment->{ahead} = q{} if !defined $segment->{ahead};
    sysseek $segment->{fh}, $offset, 0 if !$segment->{pid};
    push @{ $s->{queue} }, $segment;
    return;
}

# Files that came and were put aside between the one we read and the one that is there now.
sub queue_after {
    my ( $s, $h, $place, @family ) = @_;
    my @between = defined $place ? @family[ $place + 1 .. $#family ]
        : grep { $_->[4] >= $h->{mtime} && !$s->{known}{"$_->[2]:$_->[3]"} } @family;
    for my $one (@between) {
        next if !$one->[5] || grep { $_->{dev} == $one->[2] && $_->{ino} == $one->[3] } @{ $s->{old} };
        my $fresh = { source => $s, file => 0, dev => $one->[2], ino => $one->[3], offset => 0, head => q{}, tail => q{} };
        my ( $fh, $pid, @stat );
        if ( $one->[1] ) { ( $fh, $pid, @stat ) = open_packed( $one->[0], $one->[1] ) }
        else             { ( $fh, @stat ) = open_plain( $one->[0], $NOFOLLOW ) }
        if ( !$fh ) { emit( 'G', $s->{index}, 0, 0, 'unreadable' ); next }
        my $head = $pid ? read_full( $fh, $HEAD ) : read_at( $fh, 0, $HEAD );
        my $segment = { fh => $fh, pid => $pid, dev => $stat[0], ino => $stat[1], mtime => $stat[9],
            head => $head, tail => q{}, ahead => $pid ? $head : q{} };
        put_aside( $s, $segment, $next++, 0, $one->[0] );
        say_identity( $s, $segment, 'aside' );
    }
    return;
}

# Takes up a file where the client left it, wherever it lies now.
sub resume {
    my ( $s, $h, $last ) = @_;
    my ( $how, $found ) = match_file( $h, $s->{path}, q{}, 0, 0 );
    my $path = $s->{path};
    my ( @family, $place );
    if ( $how ne 'full' ) {
        @family = family($s);
        ( $place, $how, $found ) = find_copy( $h, @family );
        $path = $family[$place][0] if defined $place;
    }
    my $copied = $found && !( $found->{dev} == $h->{dev} && $found->{ino} == $h->{ino} );
    if ( $found && !$found->{pid} ) {
        @{$h}{qw(fh dev ino mtime path grew)} = ( @{$found}{qw(fh dev ino mtime)}, $path, $now );
        say_identity( $s, $h, $last ? 'live' : 'old' );
        if   ($last) { $s->{live} = $h }
        else         { push @{ $s->{old} }, $h }
        $h->{then_gap} = 'copied' if $last && $copied && $path ne $s->{path};
        return;
    }
    if ($found) { put_aside( $s, $found, $h->{file}, $h->{offset}, $path ) }
    else {
        emit( 'E', $s->{index}, $h->{file}, $h->{offset}, q{} );
        emit( 'G', $s->{index}, $h->{file}, 0, defined $place ? 'copied' : 'gone' );
    }
    return if !$last;
    queue_after( $s, $h, $place, @family );
    open_live( $s, 1 );
    return;
}

# --- the journal ------------------------------------------------------------------------------

sub start_journal {
    my ($s) = @_;
    my @where
        = length $s->{cursor} ? ( "--cursor=$s->{cursor}", '-n', 'all' )
        : $tail_lines < 0     ? ( '-n', 'all' )
        :                       ( '-n', $tail_lines );
    my ( $from, $pid ) = open_program( undef, qw(journalctl --no-pager -q -f -o json --output-fields=MESSAGE,PRIORITY -u),
        $s->{unit}, @where ) or return;
    $s->{journal} = { fh => $from, pid => $pid, file => $s->{journal_file} || $next++ };
    $s->{journal_file} = $s->{journal}{file};
    emit( 'I', $s->{index}, $s->{journal}{file}, 0, join q{ }, 'journal', 0, 0, $now, q{-}, q{-}, hex_of( $s->{unit} ) );
    say_state( $s, 'journal', $s->{unit} );
    return;
}

sub read_journal {
    my ($s) = @_;
    my $journal = $s->{journal} or return 0;
    my $ready = q{};
    vec( $ready, fileno $journal->{fh}, 1 ) = 1;
    return 0 if select( $ready, undef, undef, 0 ) < 1;
    my $n = sysread $journal->{fh}, my $bytes, $CHUNK;
    if ( !$n ) {
        stop_journal($s);
        $s->{unit} = q{};    # it would only end again
        return 0;
    }
    emit( 'J', $s->{index}, $journal->{file}, 0, $bytes );
    return $n == $CHUNK;
}

sub stop_journal {
    my ($s) = @_;
    my $journal = delete $s->{journal} or return;
    kill 'TERM', $journal->{pid};
    emit( 'E', $s->{index}, $journal->{file}, 0, q{} );
    close_stream($journal);
    return;
}

# --- requests ---------------------------------------------------------------------------------

sub take_request {
    my ($line) = @_;
    my ( $what, $id, $index, $file, $dev, $ino, $head, @rest ) = split q{ }, $line;
    exit 0 if $what eq 'Q';
    my $s = $sources[$index] or return;
    my %request = ( what => $what, id => $id, source => $s, file => $file, dev => $dev, ino => $ino, head => unhex($head) );
    ( $request{end}, $request{bytes} ) = $what eq 'W' ? @rest : ( -1, @rest );
    $request{bytes} = 8_388_608 if $request{bytes} > 8_388_608;
    push @requests, \%request;
    return;
}

sub answer_end {
    my ( $request, $status ) = @_;
    emit( 'Z', $request->{source}{index}, $request->{file}, 0, "$request->{id} $status" );
    return;
}

# The file that a request names, as [path, packed as], or nothing.
sub locate {
    my ($r)    = @_;
    my $s      = $r->{source};
    my @family = ( family($s), [ $s->{path}, q{} ] );
    my $probe  = { source => $s, dev => $r->{dev}, ino => $r->{ino}, head => $r->{head}, tail => q{}, offset => 0 };
    for my $place ( reverse 0 .. $#family ) {
        my ( $how, $found ) = match_file( $probe, @{ $family[$place] }[ 0, 1 ], 0, 0 );
        next if $how ne 'full';
        close_stream($found);
        return $family[$place] if $r->{what} eq 'W';
        while ( $place-- > 0 ) { return $family[$place] if $family[$place][5] }
        return;
    }
    return;
}

# Works on the oldest request for one round. Returns whether there is more to do.
sub answer {
    my $r = $requests[0] or return 0;
    if ( !$r->{fh} ) {
        my $one = locate($r);
        if ( !$one || !open_request( $r, @{$one} ) ) {
            answer_end( shift @requests, $one ? 'unreadable' : 'none' );
            return 1;
        }
    }
    my $want = $CHUNK;
    $want = $r->{end} - $r->{at} if $r->{end} >= 0 && $r->{end} - $r->{at} < $want;
    my $bytes = $want > 0 ? read_full( $r->{fh}, $want ) : q{};
    $r->{at} += length $bytes;
    if ( length $bytes && $r->{pid} ) {
        $r->{window} .= $bytes;
        substr $r->{window}, 0, -$r->{bytes}, q{} if length $r->{window} > $r->{bytes} + 4 * $CHUNK;
        return 1;
    }
    if ( length $bytes ) {
        emit( 'A', $r->{source}{index}, $r->{file}, $r->{at} - length $bytes, pack( 'N', $r->{id} ) . $bytes );
        return 1;
    }
    if ( $r->{pid} ) {
        if ( $r->{end} >= 0 && $r->{at} > $r->{end} ) {
            substr $r->{window}, $r->{end} - $r->{at}, $r->{at} - $r->{end}, q{};
            $r->{at} = $r->{end};
        }
        my $window = length $r->{window} > $r->{bytes} ? substr $r->{window}, -$r->{bytes} : $r->{window};
        my $from = $r->{at} - length $window;
        for ( my $at = 0 ; $at < length $window ; $at += $CHUNK ) {
            emit( 'A', $r->{source}{index}, $r->{file}, $from + $at, pack( 'N', $r->{id} ) . substr $window, $at, $CHUNK );
        }
    }
    close_stream($r);
    answer_end( shift @requests, 'done' );
    return 1;
}

sub open_request {
    my ( $r, $path, $kind ) = @_;
    my ( $fh, $pid, @stat );
    if ($kind) { ( $fh, $pid, @stat ) = open_packed( $path, $kind ) }
    else       { ( $fh, @stat ) = open_plain( $path, $path eq $r->{source}{path} ? 0 : $NOFOLLOW ) }
    return 0 if !$fh;
    my $head = $kind ? read_full( $fh, $HEAD ) : read_at( $fh, 0, $HEAD );
    @{$r}{qw(fh pid window at)} = ( $fh, $pid, $head, length $head );
    if ( $r->{what} eq 'P' ) {
        my %identity = ( file => $next++, offset => 0, dev => $stat[0], ino => $stat[1], mtime => $stat[9],
            head => $head, tail => q{}, path => $path );
        $r->{file} = $identity{file};
        say_identity( $r->{source}, \%identity, 'past' );
    }
    return 1 if $kind;
    $r->{end} = $stat[7] if $r->{end} < 0 || $r->{end} > $stat[7];
    $r->{at} = $r->{end} > $r->{bytes} ? $r->{end} - $r->{bytes} : 0;
    return sysseek $fh, $r->{at}, 0;
}

# --- the whole --------------------------------------------------------------------------------

sub read_setup {
    my @resumes;
    while ( my $line = readline DATA ) {
        my ( $word, @rest ) = split q{ }, $line;
        last if $word eq 'go';
        if    ( $word eq 'nonce' )  { $nonce = pack 'H16', $rest[0] }
        elsif ( $word eq 'tail' )   { ( $tail_lines, $tail_bytes ) = @rest }
        elsif ( $word eq 'next' )   { $next = $rest[0] }
        elsif ( $word eq 'source' ) {
            $sources[ $rest[0] ] = { index => $rest[0], path => unhex( $rest[1] ), unit => unhex( $rest[2] ), cursor => q{},
                state => q{}, fresh => 0, live => undef, old => [], queue => [], known => {}, gone => 0 };
        }
        elsif ( $word eq 'resume' ) { push @resumes, \@rest }
        elsif ( $word eq 'cursor' ) {
            @{ $sources[ $rest[0] ] }{qw(journal_file cursor fresh)} = ( $rest[1], unhex( $rest[2] ), 1 );
        }
        elsif ( $word eq 'fresh' ) { $sources[ $rest[0] ]{fresh} = 1 }
    }
    return @resumes;
}

sub hello {
    my $zone = readlink('/etc/localtime') || q{};
    $zone = $zone =~ m{zoneinfo/(.+)\z}xms ? $1 : q{};
    emit( 'H', 0, 0, 0, join q{ }, 1, $now, POSIX::strftime( '%z', localtime ), $>, hex_of($zone) );
    return;
}

sub begin {
    my @resumes = read_setup();
    exit 2 if length $nonce != 8;
    hello();
    flush_out();
    my %last = map { ( $_->[0] => $_->[1] ) } @resumes;
    for my $one (@resumes) {
        my ( $index, $file, $dev, $ino, $head, $offset, $tail, $mtime ) = @{$one};
        my $s = $sources[$index];
        my %handle = ( source => $s, file => $file, dev => $dev, ino => $ino, head => unhex($head), offset => $offset,
            tail => unhex($tail), mtime => $mtime, grew => $now, path => $s->{path} );
        resume( $s, \%handle, $last{$index} == $file );
    }
    for my $s (@sources) { open_live( $s, $s->{fresh} ) if !exists $last{ $s->{index} } }
    flush_out();
    return;
}

sub listen_for {
    my ($seconds) = @_;
    my $ready = q{};
    vec( $ready, 0, 1 ) = 1;
    return if select( $ready, undef, undef, $seconds ) < 1;
    my $n = sysread DATA, $input, 65_536, length $input;
    exit 0 if !$n || length $input > 1_048_576;
    while ( $input =~ s/\A([^\n]*)\n//xms ) { take_request($1) if length $1 }
    return;
}

local @SIG{qw(PIPE HUP TERM INT)} = ( sub { exit 0 } ) x 4;
END { kill 'TERM', keys %child if %child }
binmode STDOUT;
begin();
while (1) {
    $now = time;
    $round++;
    my $busy = 0;
    for my $s (@sources) { $busy = 1 if step($s) }
    $busy = 1 if answer();
    if ( !$busy && !$caught_up ) { $caught_up = 1; emit( 'C', 0, 0, 0, q{} ) }
    emit( 'T', 0, 0, 0, $now ) if $now - $spoke >= $BEAT;
    flush_out();
    listen_for( $busy ? 0 : $POLL );
}
