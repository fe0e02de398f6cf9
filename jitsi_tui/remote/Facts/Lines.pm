# The last minutes of each log: how often a line stands there that we know, and its last record.
#
# Which lines are known, one "SOURCE ID TEXT" a line ("!ID" for what ends it), comes from the caller. A line counts from the moment that its
# service started: what was written before is of an earlier life.
package Facts::Lines;
use strict;
use warnings;
use Facts::File qw(open_file plain_names root trouble);
use Facts::Prosody;
use Facts::Say qw(say_section);
use Facts::Service;
use Facts::Web;
use Fcntl qw(SEEK_SET);
use POSIX ();

our $VERSION = '1';

my $WINDOW = 600;          # seconds
my $LIMIT  = 2_097_152;    # bytes from a log's end
my $STEP   = 262_144;
my $RECORD = 600;          # bytes of a record
my $SLACK  = 10;           # seconds that the others take to notice a service that came back
my $CLOCK  = 1;            # seconds by which the clocks of logs and of processes differ
my $TRACE  = 60;           # lines from a stack trace up to its record
my %log    = (
    prosody => { of => ['prosody'], others => [] },
    jicofo  => { path => '/var/log/jitsi/jicofo.log',    of => ['jicofo'],             others => ['prosody'] },
    jvb     => { path => '/var/log/jitsi/jvb.log',       of => ['jitsi-videobridge2'], others => ['prosody'] },
    nginx   => { path => '/var/log/nginx/error.log',     of => ['nginx'],              others => [qw(prosody jicofo jitsi-videobridge2)] },
    apache2 => { path => '/var/log/apache2/error.log',   of => ['apache2'],            others => [qw(prosody jicofo jitsi-videobridge2)] },
);
my %month;
@month{qw(Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec)} = 0 .. 11;
my %moment;

sub say_lines {
    my ($known) = @_;
    my %wanted;
    for my $line ( split /\n/sm, $known // q{} ) {
        my ( $source, $id, $text ) = split /[ ]/sm, $line, 3;
        $wanted{$source}{$text} = $id if defined $text && $log{$source};
    }
    say_lines_of( $_, $wanted{$_} ) for sort keys %wanted;
    return;
}

sub say_lines_of {
    my ( $source, $texts ) = @_;
    my $path = log_path($source);
    my ( $file, @stat ) = open_file($path);
    if ( !$file ) {
        my ( $state, $why ) = trouble($path);
        say_section( $state, 'lines', [ $source, $path ], $why ) if $state eq 'F';
        return;
    }
    my ($from) = sort { $b <=> $a } $^T - $WINDOW, ( map { int($_) - $CLOCK } map { Facts::Service::started($_) } @{ $log{$source}{of} } ),
      map { $_ + $SLACK } map { Facts::Service::started($_) } @{ $log{$source}{others} };
    my ( $tail, $since ) = minutes_of( $path, $file, $stat[7], $from );
    my $seen = count( $tail, $texts, $from );
    for my $id ( sort keys %{$seen} ) {
        my $found = $seen->{$id};
        say_section( 'K', 'lines', [ $source, $path, $id, $found->{count}, $found->{first}, $found->{last}, $since ], $found->{record} );
    }
    return;
}

sub log_path {
    my ($source) = @_;
    return Facts::Prosody::log_path() if $source eq 'prosody';
    return Facts::Web::error_log() // $log{nginx}{path} if $source eq 'nginx';
    return $log{$source}{path};
}

# The log's end, back to a time or as far as we read, also across its last rotation; and since when it tells.
sub minutes_of {
    my ( $path, $file, $size, $from ) = @_;
    my ( $tail, $oldest, $whole ) = tail_of( $file, $size, $from, $LIMIT );
    if ( $whole && ( $oldest // $^T ) > $from ) {
        my ( $before, $readable ) = rotated( $path, $from );
        return ( $tail, $from ) if !defined $before;
        my ( $earlier, @stat ) = $readable ? open_file($before) : ();
        return ( $tail, $oldest // $^T ) if !$earlier;
        my ( $more, $older );
        ( $more, $older, $whole ) = tail_of( $earlier, $stat[7], $from, $LIMIT - length $tail );
        $tail   = $more . $tail;
        $oldest = $older // $oldest;
    }
    return ( $tail, !$whole && defined $oldest && $oldest > $from ? $oldest : $from );
}

# Where the log lay until it was rotated, if that was since then; and whether it can be read, or is compressed.
sub rotated {
    my ( $path, $from ) = @_;
    my ( $folder, $name ) = $path =~ m{\A(.+)/([^/]+)\z}sm or return;
    my ( $newest, $when );
    for my $old ( grep {/\A\Q$name\E[.-]\d[\d-]*(?:[.]\w+)?\z/sm} plain_names($folder) ) {
        my $written = ( stat root() . "$folder/$old" )[9] // next;
        ( $newest, $when ) = ( $old, $written ) if $written >= $from && $written > ( $when // 0 );
    }
    return if !defined $newest;
    return ( "$folder/$newest", $newest =~ /\d\z/sm );
}

# The end of a file, back to a time or as far as we may read; its first moment; and whether that is all or enough.
sub tail_of {
    my ( $file, $size, $from, $limit ) = @_;
    my ( $at, $tail, $oldest ) = ( $size, q{}, undef );
    while ( $at > 0 && $size - $at < $limit ) {
        my $length = $at < $STEP ? $at : $STEP;
        $at -= $length;
        sysseek $file, $at, SEEK_SET or last;
        my $bytes = q{};
        my $got   = sysread $file, $bytes, $length;
        last if !$got;
        $tail = $bytes . $tail;
        $oldest = first_moment($bytes) // $oldest;
        last if defined $oldest && $oldest < $from;
    }
    return ( $tail, $oldest, $at <= 0 );
}

sub first_moment {
    my ($bytes) = @_;
    for my $line ( split /\n/sm, substr $bytes, 0, 16_384 ) {
        my $moment = moment($line);
        return $moment if defined $moment;
    }
    return;
}

sub count {
    my ( $tail, $texts, $from ) = @_;
    my $any = join q{|}, map { quotemeta } sort keys %{$texts};
    my %seen;
    while ( $tail =~ /($any)/gsm ) {
        my ( $id, $at ) = ( $texts->{$1}, $-[0] );
        my $begin = rindex( $tail, "\n", $at ) + 1;
        my ( $moment, $record ) = record_at( \$tail, $begin );
        next if !defined $moment || $moment < $from || $moment > $^T + $SLACK;
        if ( $id =~ s/\A!//sm ) {    # it is over: what was before is settled
            delete $seen{$id};
            next;
        }
        my $found = $seen{$id} //= { count => 0, first => $moment };
        next if defined $found->{at} && $found->{at} == $record;
        $found->{count}++;
        @{$found}{qw(last at)} = ( $moment, $record );
        $found->{record} = substr( $tail, $record, $RECORD ) =~ s/\n.*//rsm;
        my $here = substr( $tail, $begin, $RECORD ) =~ s/\n.*//rsm;
        $found->{record} .= "\n$here" if $begin != $record;
    }
    return \%seen;
}

# When a line was written, and where its record begins: a stack trace belongs to the line above it.
sub record_at {
    my ( $tail, $begin ) = @_;
    for ( 1 .. $TRACE ) {
        my $moment = moment( substr ${$tail}, $begin, 64 );
        return ( $moment, $begin ) if defined $moment;
        last if $begin < 2;
        $begin = rindex( ${$tail}, "\n", $begin - 2 ) + 1;
    }
    return;
}

# The time at a line's beginning, in the server's own time zone; nothing where it has none.
sub moment {
    my ($line) = @_;
    if ( $line =~ m{\A(?:[A-Za-z]+[ ])?((\d{4})[-/](\d\d)[-/](\d\d)[ T](\d\d):(\d\d):(\d\d))}sm ) {
        return $moment{$1} //= moment_of( $7, $6, $5, $4, $3 - 1, $2 - 1900 );
    }
    if ( $line =~ /\A\[([A-Z][a-z][a-z][ ]([A-Z][a-z][a-z])[ ]+(\d+)[ ](\d\d):(\d\d):(\d\d)[.]?\d*[ ](\d{4}))\]/sm && exists $month{$2} ) {
        return $moment{$1} //= moment_of( $6, $5, $4, $3, $month{$2}, $7 - 1900 );
    }
    if ( $line =~ /\A(([A-Z][a-z][a-z])[ ]+(\d+)[ ](\d\d):(\d\d):(\d\d))[ ]/sm && exists $month{$2} ) {
        return $moment{$1} //= this_year( $6, $5, $4, $3, $month{$2} );
    }
    return;
}

# Without a year it is the last such day.
sub this_year {
    my (@part) = @_;
    my $year = ( localtime $^T )[5];
    my $moment = moment_of( @part, $year );
    return defined $moment && $moment > $^T + 86_400 ? moment_of( @part, $year - 1 ) : $moment;
}

# Where clocks are put back an hour comes twice: the later one is meant, once it has begun.
sub moment_of {
    my (@part) = @_;
    @part = map { int } @part;
    my @both = grep { "@{[ ( localtime $_ )[ 0 .. 5 ] ]}" eq "@part" } grep { defined } map { POSIX::mktime( @part, 0, 0, $_ ) } 0, 1;
    my ($last) = sort { $b <=> $a } grep { $_ <= $^T + $SLACK } @both;
    return $last // POSIX::mktime( @part, 0, 0, -1 );
}

1;
