# Finds a file again by what it holds, whatever it is called by now.
package Follow::Match;
use strict;
use warnings;
use Exporter qw(import);
use Follow::Disk qw(read_full read_at open_any close_stream family wait_a_moment $HEAD $TAIL $TRIES);
use Follow::Out;

our $VERSION   = '1';
our @EXPORT_OK = qw(compare intact same_file match_file is_sure at_home begins tells head_in alone find_copy before_of place_of is_empty);

my $SURE = 16;       # bytes of a file's start that tell it from others
my $SMALL = 256;     # bytes that a packed file has at most if nothing is in it
my $DEEP = 4_096;    # bytes of a file after which its end tells it, whatever all of a family begin with

sub same_file {
    my ( $one, $other ) = @_;
    return $one->{dev} == $other->{dev} && $one->{ino} == $other->{ino};
}

# Whether a file is still the log by its name.
sub at_home {
    my ($h) = @_;
    my @stat = stat $h->{source}{path};
    return @stat && $stat[0] == $h->{dev} && $stat[1] == $h->{ino};
}

# Whether a file holds a handle's bytes up to its offset: "full"; "short": the same start, but it ends
# before the offset; "no". $reader gives bytes by offset and length; $size is undef where unknown.
sub compare {
    my ( $reader, $h, $size ) = @_;
    my $length = length $h->{head};
    my $start = $reader->( 0, $length );
    return begins( $h->{head}, $start ) ? 'short' : 'no' if $start ne $h->{head};
    my $short = $length < $SURE ? 'no' : 'short';
    return $short if defined $size && $size < $h->{offset};
    my $tail = length $h->{tail};
    return 'full' if !$tail;
    my $before = $reader->( $h->{offset} - $tail, $tail );
    return 'full' if $before eq $h->{tail};
    return length $before < $tail ? $short : 'no';
}

sub intact {
    my ($h) = @_;
    my @stat = stat $h->{fh};
    return compare( sub { read_at( $h->{fh}, @_ ) }, $h, $stat[7] ) eq 'full';
}

# Compares one of a family; the stream that comes with "full" stands at the offset.
sub match_file {
    my ( $h, $one ) = @_;
    return 'no' if $one->{kind} && !length $h->{head};
    my ( $fh, $pid, @stat ) = open_any($one) or return 'no';
    my $stream = { fh => $fh, pid => $pid, dev => $stat[0], ino => $stat[1], mtime => $stat[9], path => $one->{path} };
    my $how;
    if    ($pid)                                           { $how = match_packed( $h, $stream ) }
    elsif ( length $h->{head} || same_file( $stream, $h ) ) { $how = compare( sub { read_at( $fh, @_ ) }, $h, $stat[7] ) }
    else                                                   { $how = 'no' }
    return ( $how, $stream ) if $how eq 'full';
    close_stream($stream);
    return $how;
}

# A packed file is read once, from its start to the offset.
sub match_packed {
    my ( $h, $stream ) = @_;
    my ( $at, $kept ) = ( 0, q{} );
    my $reader = sub {
        my ( $from, $want ) = @_;
        while ( $at < $from + $want ) {
            my $more = $from + $want - $at;
            my $bytes = read_full( $stream->{fh}, $more > 65_536 ? 65_536 : $more );
            last if !length $bytes;
            $at += length $bytes;
            $kept .= $bytes;
            my $over = length($kept) - 65_536 - $HEAD;
            substr $kept, 0, $over, q{} if $over > 0;
        }
        my $back = $at - $from;
        return $back <= 0 || $back > length $kept ? q{} : substr $kept, -$back, $want;
    };
    my $how = compare( $reader, $h, undef );
    # Where the offset lies within the start, more was read than up to it.
    $stream->{ahead} = $at > $h->{offset} ? substr $kept, -( $at - $h->{offset} ) : q{};
    return $how;
}

# Whether a file begins with what is known of another's start, if that is enough to tell.
sub begins {
    my ( $head, $start ) = @_;
    return tells($start) && $start eq substr $head, 0, length $start;
}

# Whether so much of a file's start is enough to know it by.
sub tells {
    my ($start) = @_;
    return length $start >= $SURE;
}

# The first bytes of one of a family, as far as they can be read.
sub head_in {
    my ($one) = @_;
    my ( $fh, $pid ) = open_any($one) or return q{};
    my $head = $pid ? read_full( $fh, $HEAD ) : read_at( $fh, 0, $HEAD );
    close_stream( { fh => $fh, pid => $pid } );
    return $head;
}

# Whether no more than one file of a family and its log begins like this: some programs say the same
# first, and then the start tells nothing.
sub alone {
    my ( $s, $head ) = @_;
    for my $try ( 1 .. $TRIES ) {
        my $alike = begins( head_in( { path => $s->{path}, kind => q{}, current => 1 } ), $head );
        my $vanished = 0;
        for my $one ( family($s) ) {
            $Follow::Out::trouble = undef;
            $alike++ if begins( head_in($one), $head );
            $vanished ||= $Follow::Out::trouble && $Follow::Out::trouble->{missing};
        }
        return 0 if $alike > 1;
        return 1 if !$vanished;
        wait_a_moment();
    }
    return 0;
}

# Whether a file that holds a handle's bytes is the same or a copy of it, and not another that begins alike.
sub is_sure {
    my ( $h, $found ) = @_;
    return $h->{offset} > $DEEP || same_file( $found, $h ) || alone( $h->{source}, $h->{head} );
}

# The file of the family that holds a handle's bytes: how well, an open stream, and which it is.
sub find_copy {
    my ($h) = @_;
    for my $try ( 1 .. $TRIES ) {
        my ( $vanished, @found ) = (0);
        for my $one ( reverse family( $h->{source} ) ) {
            $Follow::Out::trouble = undef;
            my ( $how, $stream ) = match_file( $h, $one );
            $vanished ||= $Follow::Out::trouble && $Follow::Out::trouble->{missing};
            next if $how eq 'no';
            push @found, [ $how, $stream, { %{$one}, head => $h->{head}, as_opened( $h, $stream, $one ) } ];
            last if $how eq 'full' && $h->{offset} > $DEEP;
        }
        # A name that is gone since it was listed has just been renamed or packed: look again.
        my $again = $vanished && $try < $TRIES && !( $h->{offset} > $DEEP && grep { $_->[1] } @found );
        my $best = $again ? undef : best_of( $h, @found );
        for my $stream ( map { $_->[1] } grep { $_->[1] && ( !$best || $_ != $best ) } @found ) { close_stream($stream) }
        return $best ? @{$best} : 'no' if !$again;
        wait_a_moment();
    }
    return 'no';
}

# A plain file that is open stays what it is, whatever its name becomes: it may be packed, and its inode
# be another's, before one looks what came after it.
sub as_opened {
    my ( $h, $stream, $one ) = @_;
    return if $one->{kind};
    my ($fh) = $stream ? $stream->{fh} : open_any($one);
    return $fh ? ( source => $h->{source}, fh => $fh, offset => $h->{offset}, tail => $h->{tail} ) : ();
}

# Which of those that hold a handle's bytes, or only the first of them, is meant; the newest stand first.
sub best_of {
    my ( $h, @found ) = @_;
    my @full = grep { $_->[0] eq 'full' } @found;
    my @likely = @full ? @full : @found;
    return $likely[0] if @full == 1 || !@likely || ( !@full && alone( $h->{source}, $h->{head} ) );
    # All of them begin alike: it is the one that came next, and a copy only if the log was emptied. Its
    # inode may be another's by now.
    return if !@full && !at_home($h);
    my ($own) = grep { same_file( $_->[2], $h ) } @full;
    return $own if $own && $h->{replaced};
    my @family = family( $h->{source} );
    my ($place) = place_of( $h->{source}, @family );
    return $own || $full[0] if !defined $place;
    my ($next) = grep { !is_empty($_) } @family[ $place + 1 .. $#family ];
    my ($best) = grep { $next && same_file( $_->[2], $next ) } @likely;
    return $best || $own || $full[0];
}

# The newest file with anything in it that was the log before a handle, as far as that tells it from
# others later on; undef if there is none.
sub before_of {
    my ( $s, $h ) = @_;
    my $found;
    for my $try ( 1 .. $TRIES ) {
        ( $found, my $vanished ) = newest_before( $s, $h );
        last if !$vanished;
        wait_a_moment();
    }
    return $found;
}

# That file, and whether a newer one was renamed or packed since it was listed. Of a packed one its own
# bytes are kept: they stay as they are, and tell it from others without being unpacked.
sub newest_before {
    my ( $s, $h ) = @_;
    my $vanished = 0;
    my @family = family($s);
    my ($to) = grep { same_file( $family[$_], $h ) } 0 .. $#family;
    for my $one ( reverse @family[ 0 .. ( defined $to ? $to : @family ) - 1 ] ) {
        $Follow::Out::trouble = undef;
        my $before = is_empty($one) ? undef : as_it_lies( $s, $one );
        return ( $before, $vanished ) if $before;
        $vanished ||= $Follow::Out::trouble && $Follow::Out::trouble->{missing};
    }
    return ( undef, $vanished );
}

# Whether nothing was ever written to one of a family.
sub is_empty {
    my ($one) = @_;
    return !$one->{size} || ( $one->{kind} && $one->{size} < $SMALL && !length head_in($one) );
}

# What tells one of a family from others, packed or not.
sub as_it_lies {
    my ( $s, $one ) = @_;
    my ( $fh, undef, @stat ) = open_any( { %{$one}, kind => q{} } ) or return;
    my $length = $stat[7] < $TAIL ? $stat[7] : $TAIL;
    my %lies = ( source => $s, offset => $stat[7], head => read_at( $fh, 0, $HEAD ),
        tail => read_at( $fh, $stat[7] - $length, $length ) );
    @lies{qw(dev ino mtime)} = @{$one}{qw(dev ino mtime)};
    close $fh or return;
    return \%lies;
}

# Where in the family that file is now: -1 if there was none, undef if it is gone or was never known;
# and whether one of the family got another name since it was listed.
sub place_of {
    my ( $s, @family ) = @_;
    my $vanished = 0;
    return if !exists $s->{before};
    my $before = $s->{before} or return -1;
    my @places = reverse 0 .. $#family;
    my @own = grep { same_file( $family[$_], $before ) } @places;
    for my $place ( @own, @places ) {
        return ( $place, $vanished ) if is_in( $before, { %{ $family[$place] }, kind => q{} }, \$vanished );
    }
    # It may have been packed since.
    for my $place ( grep { $family[$_]{kind} } @places ) {
        next if !is_in( $before, $family[$place], \$vanished );
        my $packed = as_it_lies( $s, $family[$place] );
        $s->{before} = $packed if $packed;
        return ( $place, $vanished );
    }
    return ( undef, $vanished );
}

# Whether one of a family holds all of what is known of a file; ${$vanished} becomes true where it has
# another name by now.
sub is_in {
    my ( $h, $one, $vanished ) = @_;
    $Follow::Out::trouble = undef;
    my ( $how, $stream ) = match_file( $h, $one );
    ${$vanished} ||= $Follow::Out::trouble && $Follow::Out::trouble->{missing};
    close_stream($stream) if $stream;
    return $how eq 'full';
}

1;
