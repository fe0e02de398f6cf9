# What happens when a log is put aside: what comes between the file we read and the one that is there.
package Follow::Rotation;
use strict;
use warnings;
use Exporter qw(import);
use Follow::Disk qw(read_full read_at open_plain open_any close_stream rest family wait_a_moment $HEAD $TRIES);
use Follow::Handle qw(new_handle tail_of take_head look_around adopt remember pump end_file told_all put_aside say_gap say_unreadable mark_of $CHUNK);
use Follow::Match qw(compare intact same_file match_file is_sure at_home begins tells head_in alone find_copy place_of is_empty);
use Follow::Out qw(emit say_identity say_trouble);

our $VERSION   = '1';
our @EXPORT_OK = qw(moved emptied unseen queue_between come_back resume);

my $LATE = 30;    # seconds in which a file that was put aside may still get lines

# The name is another file's: read the old one to its end, then what came between, then the new one.
sub moved {
    my ( $s, $h ) = @_;
    return 1 if unseen( $s, $h, 1 );
    my $n = pump( $s, $h );
    return 1 if $n == $CHUNK;
    if ( $n < 0 ) { emptied( $s, $h ); return 1 }
    my $around = look_around($s);
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
    $h->{grew} = $Follow::Out::now;
    push @{ $s->{old} }, $h;
    my $new = new_handle( $s, $fh, \@stat );
    my $known = come_back( $s, $new, $stat[7] );
    queue_between( $s, $h, $h, $new ) if !$known;
    adopt( $s, $new, $around );
    return 1;
}

# A file that was told already may get the name again, where a link is switched back or a file is put
# back: it goes on where it was left. Returns whether it is one.
sub come_back {
    my ( $s, $new, $size ) = @_;
    for my $one ( reverse @{ $s->{ended} }, @{ $s->{old} } ) {
        next if !same_file( $one, $new ) || !defined $one->{head} || !$one->{offset};
        next if compare( sub { read_at( $new->{fh}, @_ ) }, $one, $size ) ne 'full';
        @{$new}{qw(offset tail)} = ( $one->{offset}, tail_of( $new->{fh}, $one->{offset} ) );
        my @again = grep { same_file( $_, $new ) } @{ $s->{old} };
        $s->{old} = [ grep { !same_file( $_, $new ) } @{ $s->{old} } ];
        end_file( $s, $_ ) for @again;
        return 1;
    }
    return 0;
}

# The file was emptied: its rest is in a copy, if one was made.
sub emptied {
    my ( $s, $h ) = @_;
    emit( 'S', $s->{index}, $h->{file}, 0, 'emptied -' );
    my $around = look_around( $s, $h );
    my ( $how, $stream, $one ) = find_copy($h);
    my @stat = stat $h->{fh};
    my $new = new_handle( $s, $h->{fh}, \@stat );
    @{$stream}{qw(source then_gap head tail)} = ( $s, 'copied', @{$h}{qw(head tail)} ) if $stream;
    my $told = $stream && !$h->{offset} ? told_to( $s, $stream, $one ) : 0;
    my $left;
    if ( $told > 0 ) {
        # Copied just when we opened it: the copy, as far as it was there, is told already.
        emit( 'E', $s->{index}, $h->{file}, 0, q{} );
        put_aside( $s, $stream, $Follow::Out::next++, $told );
        say_identity( $s, $stream, 'copy' );
    }
    elsif ( $told < 0 || ( $stream && !$h->{offset} && grep { same_file( $_, $stream ) } @{ $s->{old} }, @{ $s->{queue} } ) ) {
        emit( 'E', $s->{index}, $h->{file}, 0, q{} );
        say_gap( $s, $h->{file}, 'copied' );
        $left = $stream;
    }
    elsif ($stream) {
        put_aside( $s, $stream, $h->{file}, $h->{offset} );
    }
    else {
        told_all( $s, $h );
        say_lost( $s, $h, $how eq 'short' ? 'copied' : 'emptied' );
    }
    # What else has come in between was copied from it as well.
    $h->{then_gap} = 'copied';
    queue_between( $s, $h, $one, $new );
    close_stream($left) if $left;
    adopt( $s, $new, $around );
    return;
}

# A log that was empty so far has its first bytes, or is put aside: others may have been written, and
# copied away, while we did not look. Returns whether there are such copies, which then come first.
# While it stays empty one looks for them now and then.
sub unseen {
    my ( $s, $h, $leaving ) = @_;
    return 0 if $h->{offset} || length $h->{head} || $h->{left};
    return 0 if !-s $h->{fh} && !$leaving && $Follow::Out::round % 30;
    $h->{left} = $leaving;
    my $size = -s $h->{fh};
    $h->{head} = read_at( $h->{fh}, 0, $HEAD );
    # Empty and nowhere to be seen: what came before it can't be told from what came after.
    return 0 if !length $h->{head} && !at_home($h) && !defined place_in( $h, family($s) );
    my $around = look_around( $s, $h );
    # While it keeps its name, what was put aside is a copy of it.
    my %left = ( %{$h}, $leaving ? () : ( then_gap => 'copied' ) );
    my $count = queue_between( $s, \%left, undef, $h );
    remember( $s, $around ) if $count || ( $left{lost} && !$h->{lost} );
    $h->{lost} = $left{lost};
    my $head = read_at( $h->{fh}, 0, $HEAD );
    # Copied and emptied while we looked: then one looks again.
    $head = q{} if -s $h->{fh} < $size || index( $head, $h->{head} ) != 0;
    $h->{head} = $head;
    say_identity( $s, $h, 'head' ) if length $h->{head};
    return $count;
}

# Queues what was the log after $one (as it is in the family now; undef: after what came before $left)
# and before $new. Returns how many files that are.
sub queue_between {
    my ( $s, $left, $one, $new ) = @_;
    my $gap = $left->{then_gap} || ( @{ $s->{queue} } ? $s->{queue}[-1]{then_gap} : q{} );
    my $count = 0;
    for my $try ( 1 .. $TRIES ) {
        my $vanished = 0;
        my @files = between( $s, $left, $one, $new );
        for my $file (@files) {
            next if grep { same_file( $_, $file ) } @{ $s->{old} }, @{ $s->{queue} };
            # An empty one may still be written to by whoever has it open, but for a copy.
            next if !$file->{size} && ( $gap || $Follow::Out::now - $file->{mtime} > $LATE );
            my ( $fh, $pid, @stat ) = open_any($file);
            if ( !$fh ) {
                # Renamed or packed since it was listed: look again, and tell nothing out of order.
                $vanished = $Follow::Out::trouble && $Follow::Out::trouble->{missing} && $try < $TRIES;
                last if $vanished;
                say_unreadable( $s, 0, $file->{path} );
                next;
            }
            my $head = $pid ? read_full( $fh, $HEAD ) : read_at( $fh, 0, $HEAD );
            my $stream = { source => $s, fh => $fh, pid => $pid, dev => $stat[0], ino => $stat[1],
                mtime => $stat[9], head => $head, tail => q{}, ahead => $pid ? $head : q{},
                path => $file->{path}, then_gap => $gap };
            $Follow::Out::trouble = undef;
            my $told = told_to( $s, $stream, $file );
            if ( $file == $files[-1] && is_copied( $stream, $stat[7], $new ) ) {
                $told = $stat[7];
                $new->{copying} = 1;
            }
            my $open = $pid && is_open( $s, $head, $file );
            $vanished = $pid && $Follow::Out::trouble && $Follow::Out::trouble->{missing} && $try < $TRIES;
            if ( $vanished || $open || $told < 0 || ( !$pid && $told == $stat[7] && $told ) ) {
                close_stream($stream);
                last if $vanished;
                next;
            }
            $count++;
            rest( $stream, $file ) if $pid && !$told && @{ $s->{queue} };
            put_aside( $s, $stream, $Follow::Out::next++, $told );
            say_identity( $s, $stream, $gap ? 'copy' : 'aside' );
        }
        last if !$vanished;
        wait_a_moment();
    }
    return $count;
}

# Whether a log is being copied into a file and not emptied yet: it will be told, and is no older one.
sub is_copied {
    my ( $stream, $size, $new ) = @_;
    return 0 if !$new || $stream->{pid} || !$size || same_file( $stream, $new );
    my %copy = ( head => $stream->{head}, offset => $size, tail => tail_of( $stream->{fh}, $size ) );
    return compare( sub { read_at( $new->{fh}, @_ ) }, \%copy, -s $new->{fh} ) eq 'full';
}

# Says that lines are missing, and that this was said of a file.
sub say_lost {
    my ( $s, $h, $why ) = @_;
    say_gap( $s, $h->{file}, $why );
    $h->{lost} = 1;
    return;
}

# How far one of the family was told already: names may come again, or not count as logrotate's do.
# -1: all of it, and more, as it was copied before the log's last lines came.
sub told_to {
    my ( $s, $stream, $file ) = @_;
    my @open = $stream->{pid} ? () : grep { !$_->{pid} && !$_->{rests} && -s $_->{fh} } @{ $s->{old} }, @{ $s->{queue} };
    for my $one (@open) { return -1 if tells( $stream->{head} ) && is_copied( $stream, -s $stream->{fh}, $one ) }
    for my $one ( reverse( @{ $s->{ended} } ), map { as_it_ends($_) } @open ) {
        next if !$one->{offset} || !defined $one->{head} || !length $one->{tail};
        # A copy may end before what a file is known by.
        my ( $start, $longer ) = sort { length $a <=> length $b } $stream->{head}, $one->{head};
        next if !begins( $longer, $start ) && ( $stream->{pid} || !same_file( $one, $stream ) );
        my ( $how, $found );
        # What is open may have another name by now.
        if   ( $stream->{pid} ) { ( $how, $found ) = match_file( $one, $file ) }
        else                    { $how = compare( sub { read_at( $stream->{fh}, @_ ) }, $one, -s $stream->{fh} ) }
        return -1 if $how eq 'short' && !$one->{open} && alone( $s, $start );
        next if $how ne 'full';
        $stream->{tail} = $one->{tail};
        return $one->{offset} if !$found;
        close_stream($stream);
        @{$stream}{qw(fh pid ahead)} = @{$found}{qw(fh pid ahead)};
        return $one->{offset};
    }
    return 0;
}

# A file that is still read, as it will be known: it may have been copied beside the log, and that goes on.
sub as_it_ends {
    my ($one) = @_;
    my $end = -s $one->{fh};
    return { open => 1, dev => $one->{dev}, ino => $one->{ino}, head => read_at( $one->{fh}, 0, $HEAD ), offset => $end,
        tail => tail_of( $one->{fh}, $end ) };
}

# Where in the family a file is that we read, or one of the family itself; undef if it is not there.
sub place_in {
    my ( $one, @family ) = @_;
    return if !$one;
    my ($place) = grep { same_file( $family[$_], $one ) } 0 .. $#family;
    # What was found a moment ago may have been packed, and its inode been given to another since.
    return if defined $place && !$one->{source} && defined $one->{head} && !begins( head_in( $family[$place] ), $one->{head} );
    return $place if defined $place || !$one->{source} || !length $one->{head} || at_home($one);
    # It may have been packed: then it is another file with the same bytes, all of them if it was by then
    # what it is now.
    my $end = -s $one->{fh};
    my ( $how, $stream, $packed ) = find_copy( { %{$one}, offset => $end, tail => tail_of( $one->{fh}, $end ) } );
    ( undef, $stream, $packed ) = find_copy($one) if $how ne 'full';
    close_stream($stream) if $stream;
    ($place) = grep { $packed && same_file( $family[$_], $packed ) } 0 .. $#family;
    return $place;
}

# Whether we are reading a file that has been packed since, or will read it.
sub is_open {
    my ( $s, $head, $file ) = @_;
    for my $one ( @{ $s->{old} }, @{ $s->{queue} } ) {
        next if !defined $one->{head} || $one->{pid};
        take_head( $s, $one );
        next if !begins( $head, $one->{head} );
        my $end = -s $one->{fh};
        my ( $how, $found ) = match_file( { %{$one}, offset => $end, tail => tail_of( $one->{fh}, $end ) }, $file );
        close_stream($found) if $found;
        return 1 if $how eq 'full' || ( $how eq 'short' && alone( $s, $one->{head} ) );
    }
    return 0;
}

# Those of the family, oldest first.
sub between {
    my ( $s, $left, $one, $new ) = @_;
    my ( $from, $to, $found, @family );
    for my $try ( 1 .. $TRIES ) {
        my $vanished = 0;
        @family = family($s);
        # It may have been empty when we opened it, and be put aside and packed by now.
        $new->{head} = read_at( $new->{fh}, 0, $HEAD ) if $new && !length $new->{head};
        ( $from, $to ) = ( scalar place_in( $one, @family ), scalar place_in( $new, @family ) );
        $found = defined $from;
        ( $from, $vanished ) = place_of( $s, @family ) if !defined $from;
        last if defined $from || !$vanished;
        wait_a_moment();
    }
    # Rotation removes the oldest first: others may be gone with what came before them.
    my $removed = defined $from ? $one && !$found && $from < 0 && !is_packed_empty( $one, @family ) : $one || $s->{before};
    say_lost( $s, $left, 'gone' ) if $removed && @family && !$left->{lost};
    @family = @family[ 0 .. $to - 1 ] if defined $to;
    return @family[ $from + 1 .. $#family ] if defined $from;
    return grep { $_->{mtime} >= $left->{mtime} && !$s->{known}{ mark_of($_) } } @family;
}

# Whether one that we read may be one of the family though nothing is in it by which it would be found.
sub is_packed_empty {
    my ( $one, @family ) = @_;
    return 0 if !$one->{source} || -s $one->{fh};
    return 0 + grep { $_->{kind} && is_empty($_) } @family;
}

# Takes up a file where the client left it, wherever it lies now; the last of a source is its log.
sub resume {
    my ( $s, $h ) = @_;
    my $last = !$h->{replaced};
    my ( $how, $found, $one ) = find_again($h);
    if ( !$found ) {
        end_file( $s, $h );
        # A file in which nothing stood yet can't be told from others; nothing of it was left either.
        my $why = !length $h->{head} ? q{} : $how eq 'short' ? 'copied' : 'gone';
        $h->{lost} = $why;
        # The same file is still there: it was emptied, and what lies between was copied from it.
        $h->{then_gap} = 'copied' if $last && at_home($h);
        # It may come back, or be readable again: until then it is not known whether anything is lost.
        if ( $last && !begin_anew( $s, $h, $one ) ) { @{$s}{qw(owed absent since)} = ( $why, 1, $h->{mtime} ) }
        elsif ( $why && !$s->{said}{$why} ) {
            say_gap( $s, $h->{file}, $why );
            # Of files that were replaced before nothing else is told in between.
            $s->{said} = { $why => 1 };
        }
        return;
    }
    my $gap = $h->{copy} || ( $one && is_copy( $h, $found ) ) ? 'copied' : q{};
    if ( $found->{pid} || $gap ) {
        @{$found}{qw(then_gap head tail)} = ( $gap, $h->{head}, $h->{tail} );
        put_aside( $s, $found, $h->{file}, $h->{offset} );
        say_identity( $s, $found, 'copy' ) if $gap;
        begin_anew( $s, $h, $one ) if $last;
        return;
    }
    @{$h}{qw(fh dev ino mtime path grew)} = ( @{$found}{qw(fh dev ino mtime path)}, $Follow::Out::now );
    say_identity( $s, $h, $last ? 'live' : 'old' );
    if   ($last) { $s->{live} = $h }
    else         { push @{ $s->{old} }, $h }
    return;
}

# How well a file was found, its stream, and, unless it is the log itself, which of the family it is.
sub find_again {
    my ($h) = @_;
    return 'no' if !length $h->{head};
    my ( $how, $found ) = match_file( $h, { path => $h->{source}{path}, kind => q{}, current => 1 } );
    return ( $how, $found ) if $how eq 'full' && is_sure( $h, $found );
    close_stream($found) if $found;
    return find_copy($h);
}

# Goes on with the log that is there now, after what came between. Returns whether there is any of both.
sub begin_anew {
    my ( $s, $left, $one ) = @_;
    my $around = look_around($s);
    my ( $fh, @stat ) = open_plain( $s->{path}, 0 );
    my $new = $fh ? new_handle( $s, $fh, \@stat ) : undef;
    say_trouble($s) if !$new;
    queue_between( $s, $left, $one, $new ) if !$new || !come_back( $s, $new, $stat[7] );
    adopt( $s, $new, $around ) if $new;
    return $new || @{ $s->{queue} };
}

# Whether what holds a file's bytes now is a copy of it, made before it was emptied.
sub is_copy {
    my ( $h, $found ) = @_;
    return !same_file( $found, $h ) if !$found->{pid};
    # A packed file is another one in any case: then the emptied one is still there.
    return at_home($h);
}

1;
