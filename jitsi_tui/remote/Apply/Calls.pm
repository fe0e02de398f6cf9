# How many meetings run now: asked of Jicofo and of the videobridge of this machine, by their own HTTP.
#
# Jicofo: GET /stats, the numbers "conferences" and "participants". The videobridge: GET /metrics in
# Prometheus' text format, else /colibri/stats, else the members of "conferences" in /debug.
package Apply::Calls;
use strict;
use warnings;
use Apply::Host;
use Apply::Service;
use Errno qw(EAGAIN EINTR EINPROGRESS);

our $VERSION = '1';

my $PATIENCE = 4;            # seconds for one answer
my $LIMIT    = 8 * 1024 * 1024;
my $STRING   = qr{"(?:[^"\\]|\\.)*"}xs;
my $NUMBER   = qr{\d+(?:[.]\d+)?(?:[eE][+]?\d+)?}x;

my @ASKED = (
    {
        name => 'jicofo',
        port => 'jicofo-http',
        ways => [ [ '/stats', 'application/json', \&_from_stats ] ],
    },
    {
        name => 'jitsi-videobridge2',
        port => 'videobridge-http',
        ways => [
            [ '/metrics',       'text/plain',       \&_from_metrics ],
            [ '/colibri/stats', 'application/json', \&_from_stats ],
            [ '/debug',         'application/json', \&_from_debug ],
        ],
    },
);

# One hash for each of the two: name, state (as Apply::Service says it), conferences and participants
# (undef where the count can't be had), why (where it can't).
sub count {
    my ($host) = @_;
    return map { _ask( $host, $_ ) } @ASKED;
}

# Dies in words unless nobody is in a meeting. Without Jicofo none can be.
sub refuse_if_any {
    my ($host) = @_;
    for my $found ( count($host) ) {
        next if $found->{state} ne 'running';
        my $calls = $found->{conferences};
        if ( !defined $calls ) {
            next if $found->{name} ne 'jicofo';
            die "whether a meeting runs can't be known: $found->{why}\n";
        }
        next if !$calls;
        my $many = $calls == 1 ? 'a meeting runs' : "$calls meetings run";
        die "$many again ($found->{name} says so)\n";
    }
    return 'nobody is in a meeting';
}

sub _ask {
    my ( $host, $asked ) = @_;
    my $now = Apply::Service->new( $host, $asked->{name} )->look;
    my %found = ( name => $asked->{name}, state => $now->{state}, why => q{} );
    return \%found if $now->{state} ne 'running';
    my $port = $host->{ $asked->{port} };
    $found{why} = "$asked->{name} does not answer on port $port";
    for my $way ( @{ $asked->{ways} } ) {
        my ( $path, $kind, $read ) = @{$way};
        my $body = get( $port, $path, $kind );
        next if !defined $body;
        my ( $calls, $people ) = $read->($body);
        return { %found, conferences => $calls, participants => $people, why => q{} } if defined $calls;
        $found{why} = "$asked->{name} gives no count of its meetings";
    }
    return \%found;
}

# The body of an answer 200, an empty text for any other answer, nothing without one.
sub get {
    my ( $port, $path, $kind ) = @_;
    my $end = Apply::Host::now() + $PATIENCE;
    my $socket = Apply::Host::connected($port) or return;
    my $ask = "GET $path HTTP/1.0\r\nHost: localhost\r\nAccept: $kind\r\nConnection: close\r\n\r\n";
    local $SIG{PIPE} = 'IGNORE';
    my $sent = syswrite $socket, $ask;
    return if !defined $sent || $sent != length $ask;
    my $said = q{};
    while ( length $said < $LIMIT && !_is_whole( \$said ) ) {
        my $left = $end - Apply::Host::now();
        return if $left <= 0;
        my $ready = q{};
        vec( $ready, fileno $socket, 1 ) = 1;
        next if select( $ready, undef, undef, $left ) <= 0;
        my $got = sysread $socket, $said, 65_536, length $said;
        next if !defined $got && ( $!{EINTR} || $!{EAGAIN} );
        return if !defined $got;
        last   if $got == 0;
    }
    return if $said !~ m{\AHTTP/1[.]\d[ ](\d{3})\b.*?\r\n\r\n(.*)\z}xs;
    return $1 == 200 ? $2 : q{};
}

# Whether all of an answer is there that says how long it is.
sub _is_whole {
    my ($said) = @_;
    my ( $head, $body ) = split /\r\n\r\n/x, ${$said}, 2;
    return 0 if !defined $body;
    return $head =~ /^Content-Length:\s*(\d+)/xim && length $body >= $1;
}

sub _from_stats {
    my ($body) = @_;
    my %is = members($body);
    return map { defined $_ && /\A$NUMBER\z/x ? int $_ : undef } @is{qw(conferences participants)};
}

sub _from_metrics {
    my ($body) = @_;
    my %is;
    for my $name (qw(conferences participants current_endpoints local_endpoints)) {
        my @all = $body =~ /^jitsi_jvb_$name(?:[{][^}\n]*[}])?[ \t]+($NUMBER)/xgm;
        next if !@all;
        $is{$name} += $_ for @all;
    }
    my ($people) = grep { defined } @is{qw(participants current_endpoints local_endpoints)};
    return map { defined $_ ? int $_ : undef } $is{conferences}, $people;
}

sub _from_debug {
    my ($body) = @_;
    my %is = members($body);
    return if !defined $is{conferences} || $is{conferences} !~ /\A[{]/x;
    my %each = members( $is{conferences} );
    return scalar keys %each;
}

# The members of a JSON object (RFC 8259), their values as they are written. Nothing for what is none.
sub members {
    my ($json) = @_;
    my ( %found, $key, $from );
    my $depth = 0;
    while ( $json =~ /\G\s*(?:($STRING)|([{}\[\],:])|[^\s{}\[\],:"]+)/xgc ) {
        my ( $string, $sign ) = ( $1, $2 );
        if ( defined $string && $depth == 1 && !defined $key ) {
            $key = substr $string, 1, -1;
        }
        next if !defined $sign;
        $from = pos $json if $sign eq q{:} && $depth == 1 && defined $key && !defined $from;
        my $ends = $depth == 1 && ( $sign eq q{,} || $sign eq q[}] );
        if ( $ends && defined $from ) {
            $found{$key} = substr( $json, $from, pos($json) - $from - 1 ) =~ s/\A\s+|\s+\z//gxr;
            ( $key, $from ) = ();
        }
        $depth++ if $sign =~ /[{\[]/x;
        $depth-- if $sign =~ /[}\]]/x;
        return %found if $depth == 0;
    }
    return;
}

1;
