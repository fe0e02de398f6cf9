# What the client says, and the loop.
#
# Setup: lines of words, the last one "go"; HEAD, TAIL, PATH, UNIT and CURSOR in hex, "-" where empty.
#   nonce HEX16                     every frame starts with these eight bytes
#   tail LINES BYTES                where to start in a file that is new to the client; -1: at its start
#   next FILE                       the first number that is free for a file
#   once                            C is the end, and comes when journals have said what they hold
#   source INDEX PATH UNIT
#   resume INDEX FILE DEV INO HEAD OFFSET TAIL MTIME COPY    COPY 1: the log was copied into it and emptied
#   before INDEX HEAD OFFSET TAIL DEV INO MTIME    what frame B said last, or "none"
#   cursor INDEX FILE CURSOR        the last journal entry that was seen
#   ended INDEX DEV INO HEAD OFFSET TAIL    a file that was told to its end and may come back
#   fresh INDEX MTIME               there was no file then: if there is one, all of it is new
# Requests, no sooner than the first frame has come: see Follow::Answer; "Q" ends.
# Frames: H hello   I a file's identity   D data   J journal entries   E a file's end   G gap   S state
#   B the file before the log  A answer  Z an answer's end  C what was there at the start has been said
#   L the zone of local time is another, or its offset
#   T that was all for now; also said when nothing was said for long
# A file keeps its number for as long as its bytes are the same, whatever it is called.
package Follow::Main;
use strict;
use warnings;
use Follow::Answer qw(take_request answer);
use Follow::Disk qw(end_children);
use Follow::Journal;
use Follow::Out qw(emit flush_out end_round hex_of unhex);
use Follow::Rotation qw(resume);
use Follow::Source qw(step open_live settled $TAIL_LINES $TAIL_BYTES);

our $VERSION = '1';

my $POLL = 0.03;    # seconds between rounds: as often as the client draws
my $SET  = 5;       # seconds from one round to the next, after which time is no measure

my ( @sources, @resumes );
my $input = q{};
my $zone  = q{};

my %setup = (
    nonce  => sub { $Follow::Out::nonce = pack 'H16', $_[0]; return },
    tail   => sub { ( $TAIL_LINES, $TAIL_BYTES ) = @_; return },
    next   => sub { ($Follow::Out::next) = @_; return },
    once   => sub { $Follow::Journal::once = 1; return },
    resume => sub { push @resumes, [@_]; return },
    ended => sub {
        my ( $index, $dev, $ino, $head, $offset, $tail ) = @_;
        push @{ $sources[$index]{ended} },
            { dev => $dev, ino => $ino, head => unhex($head), offset => $offset, tail => unhex($tail) };
        return;
    },
    fresh  => sub { @{ $sources[ $_[0] ] }{qw(fresh since)} = ( 1, $_[1] ); return },
    source => sub {
        my ( $index, $path, $unit ) = @_;
        $sources[$index] = { index => $index, path => unhex($path), unit => unhex($unit), cursor => q{}, state => q{},
            fresh => 0, live => undef, old => [], queue => [], ended => [], known => {}, gone => 0, since => $Follow::Out::now };
        return;
    },
    before => sub {
        my ( $index, $head, $offset, $tail, $dev, $ino, $mtime ) = @_;
        my $s = $sources[$index];
        $s->{before} = undef;
        $s->{before} = { source => $s, head => unhex($head), offset => $offset, tail => unhex($tail), dev => $dev,
            ino => $ino, mtime => $mtime } if $head ne 'none';
        return;
    },
    cursor => sub {
        my ( $index, $file, $cursor ) = @_;
        @{ $sources[$index] }{qw(journal_file cursor fresh)} = ( $file, unhex($cursor), 1 );
        return;
    },
);

# Minutes that local time is east of UTC.
sub utc_offset {
    my @here = localtime $Follow::Out::now;
    my @utc  = gmtime $Follow::Out::now;
    my $days = $here[5] <=> $utc[5] || $here[7] <=> $utc[7];
    return ( $days * 24 + $here[2] - $utc[2] ) * 60 + $here[1] - $utc[1];
}

# That offset, and the name of the zone.
sub zone_words {
    my $link = readlink('/etc/localtime') || q{};
    return utc_offset() . q{ } . hex_of( $link =~ m{zoneinfo/(.+)\z}xms ? $1 : q{} );
}

sub hello {
    $zone = zone_words();
    emit( 'H', 0, 0, 0, join q{ }, 1, $Follow::Out::now, $>, $zone );
    return;
}

# The zone may be set, and its clocks put forward or back.
sub tell_zone {
    my $words = zone_words();
    emit( 'L', 0, 0, 0, $words ) if $words ne $zone;
    $zone = $words;
    return;
}

sub begin {
    my %last = map { ( $_->[0] => $_->[1] ) } @resumes;
    for my $one (@resumes) {
        my ( $index, $file, $dev, $ino, $head, $offset, $tail, $mtime, $copy ) = @{$one};
        my $s = $sources[$index];
        my %handle = ( source => $s, file => $file, dev => $dev, ino => $ino, head => unhex($head), offset => $offset,
            tail => unhex($tail), mtime => $mtime, copy => $copy, grew => $Follow::Out::now, path => $s->{path},
            replaced => $last{$index} != $file );
        resume( $s, \%handle );
    }
    for my $s (@sources) { open_live( $s, $s->{fresh} ) if !exists $last{ $s->{index} } }
    return;
}

# Where the clock was set, or the client held us up, what was quiet until then is waited for anew.
sub tell_time {
    my $before = $Follow::Out::now;
    my $now = $Follow::Out::now = time;
    return if $now >= $before && $now - $before < $SET;
    for my $s (@sources) {
        $s->{gone} &&= $now;
        $_->{grew} = $now for @{ $s->{old} }, $s->{live} // ();
    }
    return;
}

# Waits for requests. The handle's buffer is empty: the client waits for our hello before it asks.
sub listen_for {
    my ( $data, $seconds ) = @_;
    my $ready = q{};
    vec( $ready, fileno $data, 1 ) = 1;
    return if select( $ready, undef, undef, $seconds ) < 1;
    my $n = sysread $data, $input, 65_536, length $input;
    exit 0 if !$n || length $input > 1_048_576;
    while ( $input =~ s/\A([^\n]*)\n//xms ) {
        my $line = $1;
        exit 0 if $line =~ /\AQ/xms;
        take_request( $line, \@sources ) if $line =~ /\A[WP][ ]\d+[ ]\d+[ ]/xms;
    }
    return;
}

# Whether what there was at the start has been told.
sub is_told {
    my ($busy) = @_;
    return 1 if !$busy && !$Follow::Journal::once;
    return !grep { !settled($_) } @sources;
}

sub main {
    my ($data) = @_;
    local @SIG{qw(PIPE HUP TERM INT)} = ( sub { exit 0 } ) x 4;
    binmode STDOUT;
    while ( defined( my $line = readline $data ) ) {
        last if $line eq "go\n";
        my ( $word, @rest ) = split q{ }, $line;
        $setup{$word}->(@rest) if defined $word && $setup{$word};
    }
    exit 2 if length $Follow::Out::nonce != 8;
    hello();
    flush_out();
    begin();
    my $caught_up = 0;
    while (1) {
        flush_out();
        tell_time();
        $Follow::Out::round++;
        tell_zone();    # before what programs write that start anew
        my $busy = 0;
        for my $s (@sources) { $busy = 1 if step($s) }
        $busy = 1 if answer();
        if ( !$caught_up && is_told($busy) ) { $caught_up = 1; emit( 'C', 0, 0, 0, q{} ) }
        end_round() if !$busy;
        flush_out();
        listen_for( $data, $busy ? 0 : $POLL );
    }
    return;
}

END { end_children() }

1;
