# One open log file: how far it was read, and what tells it from others.
package Follow::Handle;
use strict;
use warnings;
use Exporter qw(import);
use Follow::Disk qw(read_full read_at open_plain close_stream family $HEAD $TAIL);
use Follow::Journal qw(stop_journal);
use Follow::Match qw(before_of same_file);
use Follow::Out qw(emit hex_of say_identity say_state trouble_with);

our $VERSION   = '1';
our @EXPORT_OK = qw(new_handle ends_with tail_of take_head look_around adopt remember grown pump end_file told_all put_aside linger say_gap say_unreadable mark_of $CHUNK);

our $CHUNK = 131_072;    # bytes of one file in one round

my $ENDED = 16;         # files that were told to their end, and are known if they come back

sub new_handle {
    my ( $s, $fh, $stat ) = @_;
    return {
        source => $s, fh => $fh, path => $s->{path}, dev => $stat->[0], ino => $stat->[1], mtime => $stat->[9],
        file => $Follow::Out::next++, offset => 0, head => read_at( $fh, 0, $HEAD ), tail => q{},
        grew => $Follow::Out::now,
    };
}

sub tail_of {
    my ( $fh, $offset ) = @_;
    my $length = $offset < $TAIL ? $offset : $TAIL;
    return read_at( $fh, $offset - $length, $length );
}

# The last bytes of what was read, after further ones.
sub ends_with {
    my ( $tail, $bytes ) = @_;
    $tail .= $bytes;
    return length $tail > $TAIL ? substr $tail, -$TAIL : $tail;
}

# What rotation left until now. Must be asked before one looks for what comes next: what a rotation
# puts aside after that is found again, and told apart by how far it was told.
sub look_around {
    my ( $s, $h ) = @_;
    return { known => marks_of($s), before => before_of( $s, $h ) };
}

# Makes a file the log that is followed.
sub adopt {
    my ( $s, $h, $around ) = @_;
    stop_journal($s);
    $s->{live} = $h;
    remember( $s, $around );
    # If it was emptied since it was opened, its copy was found beside it.
    $h->{head} = read_at( $h->{fh}, 0, $HEAD ) if !$h->{offset} && !$h->{copying};
    step_over_hole($h) if !$h->{offset};
    say_identity( $s, $h, 'live' );
    say_state( $s, 'open', q{} );
    return;
}

# The file before the log tells later what has come in between.
sub remember {
    my ( $s, $around ) = @_;
    @{$s}{qw(known before)} = @{$around}{qw(known before)};
    say_before($s);
    return;
}

# What came into the file before the log after it was replaced has been told: it must not count as unseen.
sub grown {
    my ( $s, $h ) = @_;
    my $before = $s->{before};
    return if !$before || !same_file( $before, $h ) || $before->{offset} >= $h->{offset};
    @{$before}{qw(offset tail)} = @{$h}{qw(offset tail)};
    say_before($s);
    return;
}

sub say_before {
    my ($s) = @_;
    my $before = $s->{before};
    emit( 'B', $s->{index}, 0, 0,
        $before
        ? join q{ }, hex_of( $before->{head} ), $before->{offset}, hex_of( $before->{tail} ), @{$before}{qw(dev ino mtime)}
        : 'none' );
    return;
}

sub marks_of {
    my ($s) = @_;
    return { map { ( mark_of($_) => 1 ) } family($s) };
}

# What tells a file that was put aside from a later one, also if that was given the same inode in the
# same second.
sub mark_of {
    my ($one) = @_;
    my ($fh) = open_plain( $one->{path}, 1 );
    my $mark = join q{:}, @{$one}{qw(dev ino mtime size)}, $fh ? tail_of( $fh, $one->{size} ) : q{};
    close $fh or return $mark if $fh;
    return $mark;
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
    $h->{tail} = tail_of( $h->{fh}, $h->{offset} );
    return;
}

# What a file is known by may have been written since it was opened; $bytes, if given, stand at its
# offset. It may have been emptied a moment ago.
sub take_head {
    my ( $s, $h, $bytes ) = @_;
    return if length $h->{head} >= $HEAD;
    my $head = defined $bytes && !$h->{offset} ? substr $bytes, 0, $HEAD : read_at( $h->{fh}, 0, $HEAD );
    return if length $head <= length $h->{head} || index( $head, $h->{head} ) != 0;
    $h->{head} = $head;
    say_identity( $s, $h, 'head' );
    return;
}

# Hands over what was added to a file. Returns how much, or -1 if the file is not what it was.
sub pump {
    my ( $s, $h ) = @_;
    my $kept = length $h->{tail};
    sysseek $h->{fh}, $h->{offset} - $kept, 0 or return 0;
    my $n = sysread $h->{fh}, my $bytes, $kept + $CHUNK;
    $h->{failed} = defined $n ? q{} : "$!";
    return 0  if !defined $n;
    return -1 if $n < $kept || substr( $bytes, 0, $kept ) ne $h->{tail};
    # Emptied, and perhaps written anew, before anything of it was read.
    return -1 if !$kept && $h->{head} ne substr $bytes, 0, length $h->{head};
    return 0  if $n == $kept;
    take_head( $s, $h, $bytes ) if length $h->{head} < $HEAD;
    emit( 'D', $s->{index}, $h->{file}, $h->{offset}, $kept ? substr $bytes, $kept : $bytes );
    $h->{offset} += $n - $kept;
    $h->{tail} = substr $bytes, $n < $TAIL ? 0 : -$TAIL;
    $h->{grew} = $Follow::Out::now;
    return $n - $kept;
}

sub end_file {
    my ( $s, $h ) = @_;
    close_stream($h) if $h->{fh};
    return told_all( $s, $h );
}

# Of a file nothing more will be told; it is known if it comes back, or as a copy.
sub told_all {
    my ( $s, $h ) = @_;
    emit( 'E', $s->{index}, $h->{file}, $h->{offset}, q{} );
    push @{ $s->{ended} }, { map { ( $_ => $h->{$_} ) } qw(dev ino head offset tail) } if defined $h->{head};
    shift @{ $s->{ended} } if @{ $s->{ended} } > $ENDED;
    return;
}

# A file that must be read to its end before the log goes on.
sub put_aside {
    my ( $s, $stream, $file, $offset ) = @_;
    @{$stream}{qw(file offset)} = ( $file, $offset );
    for my $piece (qw(ahead tail)) { $stream->{$piece} = q{} if !defined $stream->{$piece} }
    push @{ $s->{queue} }, $stream;
    return;
}

# Whoever wrote a file that was put aside may still have it open.
sub linger {
    my ( $s, $stream ) = @_;
    $stream->{tail} = tail_of( $stream->{fh}, $stream->{offset} );
    $stream->{grew} = $stream->{mtime};
    push @{ $s->{old} }, $stream;
    return;
}

sub say_gap {
    my ( $s, $file, $why ) = @_;
    emit( 'G', $s->{index}, $file, 0, $why ) if $why;
    return;
}

# Says which file that was put aside can't be read, and why.
sub say_unreadable {
    my ( $s, $file, $path, $why ) = @_;
    say_gap( $s, $file, 'unreadable ' . trouble_with( $path, $why ) );
    return;
}

1;
