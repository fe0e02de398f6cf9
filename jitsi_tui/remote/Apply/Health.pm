# Waits until restarted services are healthy: a process started after our restart (by whomever), its
# ports answering, and both so for as long as it takes to be believed.
package Apply::Health;
use strict;
use warnings;
use Apply::Host;

our $VERSION = '1';

my $POLL  = 0.1;
my $GRACE = 4;      # seconds without a process until it counts as dead

# Options: services (restarted), ports (name to those that must answer), stable and seconds, stopped
# (a sub that dies when the run is to end).
sub wait_for {
    my (%with) = @_;
    my $end   = Apply::Host::now() + $with{seconds};
    my %watch = map { $_->{name} => { service => $_, since => undef, lost => Apply::Host::now() } } @{ $with{services} };
    while (1) {
        $with{stopped}->();
        my $now = Apply::Host::now();
        my @late = grep { !_is_healthy( $watch{$_}, $with{ports}{$_}, $with{stable}, $now ) } sort keys %watch;
        return if !@late;
        my ($dead) = grep { _is_dead( $watch{$_}, $now ) } @late;
        $dead = $late[0] if !defined $dead && $now > $end;
        die _why( $watch{$dead}{service}, $with{ports}{$dead} ) . "\n" if defined $dead;
        Apply::Host::nap($POLL);
    }
    return;
}

sub _is_healthy {
    my ( $watch, $ports, $stable, $now ) = @_;
    my $process = $watch->{process};
    my $start = $process ? Apply::Host::start_of( $process->{pid} ) : undef;
    if ( !defined $start || $start != $process->{start} ) {
        @{$watch}{qw(process since)} = ( undef, undef );
        my $found = $watch->{service}->look;
        $watch->{coming} = $found->{coming};
        return 0 if !$found->{pid} || $found->{start} < $watch->{service}{tick};
        @{$watch}{qw(process lost)} = ( $found, undef );
    }
    if ( !defined $watch->{since} ) {
        return 0 if grep { !Apply::Host::answers($_) } @{$ports};
        $watch->{since} = $now;
    }
    return 0 if $now - $watch->{since} < $stable;
    if ( grep { !Apply::Host::answers($_) } @{$ports} ) {
        $watch->{since} = undef;
        return 0;
    }
    return 1;
}

sub _is_dead {
    my ( $watch, $now ) = @_;
    if ( $watch->{process} || $watch->{coming} ) {
        $watch->{lost} = undef;
        return 0;
    }
    $watch->{lost} = $now if !defined $watch->{lost};
    return $now - $watch->{lost} > $GRACE;
}

sub _why {
    my ( $service, $ports ) = @_;
    my $now = $service->look;
    my @deaf = grep { !Apply::Host::answers($_) } @{$ports};
    my $what = !$now->{pid} ? 'is down' : @deaf ? "does not answer on port @deaf" : 'does not stay up';
    my $words = $service->last_words;
    return "$service->{name} $what after its restart" . ( $words ne q{} ? ": $words" : q{} );
}

1;
