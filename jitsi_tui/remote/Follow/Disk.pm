# Files, packed files, and the family that rotation makes of a log.
package Follow::Disk;
use strict;
use warnings;
use Errno qw(ENOENT ENOTDIR EINTR);
use Exporter qw(import);
use Fcntl qw(:DEFAULT);
use Follow::Olddir qw(olddir);
use Follow::Out;

our $VERSION   = '1';
our @EXPORT_OK = qw(read_full read_at open_plain open_program open_packed open_any close_stream rest wake end_children family wait_a_moment $HEAD $TAIL $TRIES $DAMAGED);

our $HEAD  = 256;    # bytes that identify a file by its start
our $TAIL  = 64;     # bytes before an offset that must still be there
our $TRIES = 30;     # looks at a family whose names change meanwhile
our $DAMAGED = 'it is damaged';    # what is said of a packed file that can't be unpacked to its end
our $failed = q{};   # why, where what read_full gave last ends where reading failed
our $unlisted = q{}; # which folder of the family that was listed last could not be listed, and why

my $NOFOLLOW = eval { Fcntl::O_NOFOLLOW() } || 0;
my %UNPACK   = ( gz => 'gzip', xz => 'xz', bz2 => 'bzip2', zst => 'zstd', Z => 'gzip', lz4 => 'lz4', lzma => 'xz', lzo => 'lzop', lz => 'lzip' );
my $PACKED   = join q{|}, keys %UNPACK;
my $MARK     = qr/\d(?:[\w-]|[.:+](?=\d))*/xms;                            # number or date of a file that was put aside
my $DATED    = qr/\A(?:(?:19|20)\d\d[^[:alnum:]]?(?:0[1-9]|1[0-2])|1\d{9}\z)/xms;    # which sorts by its digits
my $LINKS    = 40;                                                            # from one to the next, at most
my %child;

# Reads exactly what is asked for, or less at the end of the file.
sub read_full {
    my ( $fh, $want ) = @_;
    my $got = q{};
    $failed = q{};
    while ( length $got < $want ) {
        my $n = sysread $fh, $got, $want - length $got, length $got;
        next if !defined $n && $! == EINTR;
        $failed = defined $n ? q{} : "$!";
        last if !$n;
    }
    return $got;
}

sub read_at {
    my ( $fh, $from, $want ) = @_;
    sysseek $fh, $from, 0 or return q{};
    return read_full( $fh, $want );
}

# A regular file opened for reading, with what stat says of it; or nothing, and why in $trouble.
# What lies beside a log is not followed through links: root reads it, others may have put it there.
sub open_plain {
    my ( $path, $beside ) = @_;
    if ( !sysopen my $fh, $path, O_RDONLY | O_NONBLOCK | O_NOCTTY | ( $beside ? $NOFOLLOW : 0 ) ) {
        $Follow::Out::trouble = { missing => $! == ENOENT || $! == ENOTDIR, text => "$!" };
        return;
    }
    else {
        my @stat = stat $fh;
        return ( $fh, @stat ) if -f _;
        $Follow::Out::trouble = { missing => 0, text => 'not a regular file' };
        return;
    }
}

# A program's output as (handle, process); $in, if given, becomes its standard input.
sub open_program {
    my ( $in, @argv ) = @_;
    pipe my $from, my $to or return;
    my $pid = fork;
    return if !defined $pid;
    if ( !$pid ) {
        local $SIG{PIPE} = 'DEFAULT';
        sysopen my $null, '/dev/null', O_RDWR;
        my $ready = open( STDIN, '<&', $in || $null ) && open( STDOUT, '>&', $to ) && open STDERR, '>&', $null;
        # Ends without the handlers that are the parent's.
        ( $ready && exec { $argv[0] } @argv ) or kill 'KILL', $$;
    }
    close $to or return;
    $child{$pid} = 1;
    return ( $from, $pid );
}

# What gzip and its like make of a file that we opened ourselves, so that no name is an option.
sub open_packed {
    my ( $path, $kind ) = @_;
    if ( !grep { -x "$_/$UNPACK{$kind}" } split /:/xms, $ENV{PATH} || '/usr/bin:/bin' ) {
        $Follow::Out::trouble = { missing => 0, text => "$UNPACK{$kind} is not installed" };
        return;
    }
    my ( $in, @stat ) = open_plain( $path, 1 ) or return;
    my ( $from, $pid ) = open_program( $in, $UNPACK{$kind}, '-dc' ) or return;
    return ( $from, $pid, @stat );
}

# What is packed and has to wait for others is unpacked anew when its turn comes: else there would be
# as many programs at a time as there are files.
sub rest {
    my ( $stream, $one ) = @_;
    my ( $in, @stat ) = open_plain( $one->{path}, 1 ) or return;
    return close $in if $stat[0] != $stream->{dev} || $stat[1] != $stream->{ino};
    close_stream($stream);
    @{$stream}{qw(fh rests ahead)} = ( $in, $one->{kind}, q{} );
    return;
}

# Its turn has come. Returns whether it could be unpacked.
sub wake {
    my ($stream) = @_;
    my ( $from, $pid ) = open_program( $stream->{fh}, $UNPACK{ $stream->{rests} }, '-dc' ) or return 0;
    close $stream->{fh} or return 0;
    @{$stream}{qw(fh pid rests)} = ( $from, $pid, q{} );
    return 1;
}

# One of a family: (handle, process or undef, stat), or nothing.
sub open_any {
    my ($one) = @_;
    my ( $fh, $pid, @stat );
    if ( $one->{kind} ) { ( $fh, $pid, @stat ) = open_packed( $one->{path}, $one->{kind} ) }
    else                { ( $fh, @stat ) = open_plain( $one->{path}, !$one->{current} ) }
    return if !$fh;
    return ( $fh, $pid, @stat ) if !renamed( $one, @stat );
    close_stream( { fh => $fh, pid => $pid } );
    $Follow::Out::trouble = { missing => 1, text => 'renamed' };
    return;
}

# A rotation is under way: what is looked for has another name in a moment.
sub wait_a_moment {
    my $nothing = q{};
    select $nothing, undef, undef, 0.01;
    return 1;
}

# Whether another file has the name of one of a family since that was listed. Where a file system
# tells other numbers of an open file than of its name, the name's count.
sub renamed {
    my ( $one, @stat ) = @_;
    return 0 if !defined $one->{ino} || ( $stat[0] == $one->{dev} && $stat[1] == $one->{ino} );
    my @now = lstat $one->{path};
    return !@now || $now[0] != $one->{dev} || $now[1] != $one->{ino};
}

sub close_stream {
    my ($stream) = @_;
    close $stream->{fh} or return;
    if ( my $pid = $stream->{pid} ) {
        waitpid $pid, 0;
        $stream->{status} = $?;
        delete $child{$pid};
    }
    return;
}

sub end_children {
    kill 'TERM', keys %child if %child;
    return;
}

# What rotation left of a log, the oldest first; the log itself is not among it.
sub family {
    my ($s) = @_;
    my ( $seen, @found );
    # A folder is not read in one go: while a rotation moves names, one may be missed.
    for my $try ( 1 .. 5 ) {
        @found = list_family($s);
        my $now = join q{ }, map { ( $_->{path}, $_->{dev}, $_->{ino} ) } @found;
        last if defined $seen && $now eq $seen;
        $seen = $now;
    }
    return @found;
}

sub list_family {
    my ($s) = @_;
    my ( %folder, %base );
    $unlisted = q{};
    for my $path ( paths_of( $s->{path} ) ) {
        my ( $home, $base ) = $path =~ m{\A(.*/)([^/]+)\z}xms or next;
        my $olddir = olddir( $s, $path );
        @folder{ $home, defined $olddir ? $olddir : () } = ();
        $base{$base} = 1;
    }
    # A folder, too, may go by two names.
    my %found = map { ( "$_->{dev}:$_->{ino}" => $_ ) } map { list_folder( $_, keys %base ) } reverse sort keys %folder;
    # As long as the plain file is there, the packed one may be in the making.
    my %plain = map { ( $_->{path} => 1 ) } grep { !$_->{kind} } values %found;
    my @found = sort { older( $a, $b ) } grep { !$_->{kind} || !$plain{ $_->{plain} } } values %found;
    return counted_up(@found) ? reverse @found : @found;
}

# A log's path, and where it leads to if it is a link: rotation puts the file aside that lies there.
sub paths_of {
    my @paths = @_;
    while ( @paths < $LINKS && defined( my $to = readlink $paths[-1] ) ) {
        push @paths, $to =~ m{\A/}xms ? $to : $paths[-1] =~ s{[^/]*\z}{$to}xmsr;
    }
    return @paths;
}

# What of a log lies in one folder, by the names that it goes by.
sub list_folder {
    my ( $folder, @bases ) = @_;
    my $dir;
    if ( !opendir $dir, $folder ) {
        $unlisted = "$folder: $!" if $! != ENOENT && $! != ENOTDIR;
        return;
    }
    my @names = readdir $dir;
    closedir $dir or return;
    my %named;
    for my $base (@bases) {
        for my $name (@names) {
            my @said = aside( $name, $base, \@names );
            $named{$name} = \@said if @said;
        }
    }
    my @found;
    for my $name ( sort keys %named ) {
        my ( $mark, $kind ) = @{ $named{$name} };
        my @stat = lstat $folder . $name;
        next if !@stat || !-f _;
        my $path = $folder . $name;
        push @found, { path => $path, plain => $path =~ s/[.]$kind\z//xmsr, kind => $kind, mark => $mark,
            dev => $stat[0], ino => $stat[1], size => $stat[7], mtime => $stat[9] };
    }
    return @found;
}

# Whether a file has the name of one that was put aside: its number or date, and how it is packed.
sub aside {
    my ( $name, $base, $names ) = @_;
    return ( $1, $2 // q{} ) if $name =~ m{\A\Q$base\E[._-]($MARK)(?:[.]($PACKED))?\z}xms;
    my ( $stem, $end ) = $base =~ m{\A(.+)([.][[:alpha:]]+)\z}xms or return;
    my ( $before, $mark, $kind ) = $name =~ m{\A\Q$stem\E([._-])($MARK)\Q$end\E(?:[.]($PACKED))?\z}xms or return;
    return ( $mark, $kind ) if defined $kind;
    # What has a number and is put aside itself is another log, as of another port or instance.
    return if ( $before ne q{.} && $mark =~ /\A\d{1,5}\z/xms ) || grep {/\A\Q$name\E[._-]\d/xms} @{$names};
    return ( $mark, q{} );
}

# Whether numbers grow from file to file, as some count, and not with age, as logrotate does.
sub counted_up {
    my @numbered = @_;
    my $votes    = 0;
    for my $place ( 1 .. $#numbered ) {
        return 0 if length $numbered[$place]{mark} > 5;
        $votes += $numbered[ $place - 1 ]{mtime} <=> $numbered[$place]{mtime};
    }
    return $votes > 1;
}

# ".2" came before ".1", "-20260101" before "-20260102"; where names mix both, or begin with the day,
# time decides.
sub older {
    my ( $left, $right ) = @_;
    my ( $l, $r ) = ( $left->{mark}, $right->{mark} );
    return $r <=> $l if $l =~ /\A\d{1,5}\z/xms && $r =~ /\A\d{1,5}\z/xms;
    return $l cmp $r if $l =~ $DATED && $r =~ $DATED;
    return $left->{mtime} <=> $right->{mtime} || $l cmp $r;
}

1;
