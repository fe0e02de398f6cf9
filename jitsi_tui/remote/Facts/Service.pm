# The services by their processes: pid files and /proc tell, units only claim.
package Facts::Service;
use strict;
use warnings;
use Facts::Child qw(finish start);
use Facts::File qw(kernel_file owner plain_names root slurp);
use Facts::Say qw(pairs say_section);
use POSIX ();

our $VERSION = '1';

my %service = (
    prosody  => { pid => [qw(/run/prosody/prosody.pid /var/run/prosody/prosody.pid)], is => qr{\A(?:[^\0]*lua[^\0/]*\0)?[^\0]*/prosody(?:\0|\z)}sm },
    jicofo   => { pid => [qw(/run/jicofo.pid /var/run/jicofo.pid /run/jicofo/jicofo.pid)], is => qr{org[.]jitsi[.]jicofo|(?:\A|\0)/usr/share/jicofo/}sm },
    'jitsi-videobridge2' => {
        pid => [qw(/run/jitsi-videobridge/jitsi-videobridge.pid /var/run/jitsi-videobridge/jitsi-videobridge.pid)],
        is  => qr{org[.]jitsi[.]videobridge|(?:\A|\0)/usr/share/jitsi-videobridge/}sm
    },
    nginx   => { pid => [qw(/run/nginx.pid /var/run/nginx.pid)],                     is => qr{\Anginx:[ ]master|/nginx(?:\0|\z)}sm },
    apache2 => { pid => [qw(/run/apache2/apache2.pid /var/run/apache2/apache2.pid)], is => qr{\A[^\0]*/apache2(?:\0|\z)}sm },
);
my @UNITS = qw(/etc/systemd/system /run/systemd/system /usr/local/lib/systemd/system /lib/systemd/system /usr/lib/systemd/system);
my $LATER = 2;  # seconds by which a process may seem younger than its pid file: clocks are rounded
my $boot;       # seconds since 1970
my %process;    # pid => its facts
my %contained;  # service => command of a process in a container
my %started;    # service => when its process began, seconds since 1970

sub look_at {
    my ($pid) = @_;
    my $stat = kernel_file("/proc/$pid/stat") // return;
    $stat =~ s/\A.*[)][ ]//sm;
    my @field = split /[ ]/sm, $stat;
    return if !@field || $field[0] =~ /[ZX]/sm;
    return { pid => $pid, parent => $field[1], ticks => $field[19], command => kernel_file("/proc/$pid/cmdline") // q{} };
}

# Service to the command of its process in a container, for those that have one.
sub in_containers { return %contained }

# When the process of a service began; nothing where it has none.
sub started {
    my ($name) = @_;
    return $started{$name} // ();
}

sub in_container {
    my ($pid) = @_;
    my $text = kernel_file("/proc/$pid/cgroup") // q{};
    return $text =~ /docker|containerd|libpod|kubepods|lxc[.]payload/sm && $text ne ( kernel_file('/proc/self/cgroup') // q{} );
}

sub look_at_processes {
    opendir my $proc, '/proc' or return;
    my @pids = grep { /\A\d+\z/sm } readdir $proc;
    closedir $proc;
    for my $pid (@pids) {
        my $command = kernel_file("/proc/$pid/cmdline") // next;
        for my $name ( keys %service ) {
            next if $command !~ $service{$name}{is};
            if ( in_container($pid) ) { $contained{$name} = $command; next }
            my $seen = look_at($pid) // next;
            push @{ $process{$name} }, $seen;
        }
    }
    return;
}

# The process of a service: by its pid file, else the oldest that no other of them started.
sub process_of {
    my ($name) = @_;
    my $stale;
    for my $path ( @{ $service{$name}{pid} } ) {
        my $text = slurp( $path, 64 ) // next;
        my ($pid) = $text =~ /\A\s*(\d+)/sm or next;
        my $seen = look_at($pid);
        return ( $seen, $path ) if $seen && ( root() ne q{} || $seen->{command} =~ $service{$name}{is} || runs_as( $seen, $name, $path ) );
        $stale //= $path;
    }
    my @all = @{ $process{$name} // [] };
    my %is  = map { $_->{pid} => 1 } @all;
    my ($first) = sort { $a->{ticks} <=> $b->{ticks} } grep { !$is{ $_->{parent} } } @all;
    return ( $first, $stale );
}

# A pid file may name a process that came later by that number: its user tells, with its words or its age.
sub runs_as {
    my ( $seen, $name, $path ) = @_;
    my $user = { prosody => 'prosody', jicofo => 'jicofo', 'jitsi-videobridge2' => 'jvb' }->{$name} // return 0;
    return 0 if owner( ( stat "/proc/$seen->{pid}" )[4] // q{} ) ne $user;
    return 1 if $seen->{command} =~ /$user|\Q$name\E/sm;
    my $written = ( stat root() . $path )[9] // 0;
    return began($seen) <= $written + $LATER;
}

# When a process began, in seconds since 1970.
sub began {
    my ($seen) = @_;
    my $hz = POSIX::sysconf( POSIX::_SC_CLK_TCK() ) || 100;
    $boot //= boot_time($hz);
    return $boot + $seen->{ticks} / $hz;
}

sub unit_of {
    my ($name) = @_;
    my %unit;
    for my $folder (@UNITS) {
        my $path = root() . "$folder/$name.service";
        my $link = readlink $path;
        if ( defined $link && $link eq '/dev/null' ) { $unit{masked} = 1; next }
        if ( -e $path ) { $unit{unit} = "$folder/$name.service"; last }
    }
    ( $unit{generated} ) = grep { -e root() . $_ } map { "/run/systemd/$_/$name.service" } qw(generator.early generator generator.late);
    $unit{init} = "/etc/init.d/$name" if -e root() . "/etc/init.d/$name";
    my $wanted = () = glob_names( '/etc/systemd/system', qr/[.](?:wants|requires)\z/sm, "$name.service" );
    my $runlevel = grep { /\AS\d\d\Q$name\E\z/sm } map { plain_names("/etc/rc$_.d") } 2 .. 5;
    $unit{enabled} = $unit{unit} ? ( $wanted ? 1 : 0 ) : ( $runlevel ? 1 : 0 );
    return %unit;
}

sub glob_names {
    my ( $folder, $pattern, $name ) = @_;
    return grep { -l root() . $_ || -e _ } map { "$folder/$_/$name" } grep { /$pattern/sm } plain_names($folder);
}

sub has_systemd {
    my ($manager) = @_;
    return $manager eq 'systemd' || ( $manager eq 'auto' && -d root() . '/run/systemd/system' );
}

sub say_services {
    my ($manager) = @_;
    look_at_processes() if root() eq q{};
    my ( %fact, @quiet );
    for my $name ( sort keys %service ) {
        my ( $seen, $file ) = process_of($name);
        my %unit = unit_of($name);
        $fact{$name} = \%unit;
        if ($seen) {
            $unit{pid}   = $seen->{pid};
            $unit{since} = sprintf '%.2f', $started{$name} = began($seen);
        }
        else {
            $unit{stale} = $file;
            push @quiet, $name if $unit{unit} || $unit{generated};
        }
    }
    add_claims( \%fact, @quiet ) if @quiet && has_systemd($manager);
    my $hidden = $> != 0 && !-d '/proc/1' ? 1 : 0;
    say_section( 'K', 'service', [$_], pairs( %{ $fact{$_} }, hidden => $hidden ) ) for sort keys %fact;
    return;
}

# When the clock of /proc/PID/stat began. Containers may be told a boot time of their own, beside ticks of
# their host: our own start tells.
sub boot_time {
    my ($hz) = @_;
    my $mine = $^T - ( ( look_at($$) // { ticks => 0 } )->{ticks} ) / $hz;
    my ($said) = ( kernel_file('/proc/stat') // q{} ) =~ /^btime[ ](\d+)/sm;
    return defined $said && abs( $said - $mine ) < 3 ? $said : $mine;
}

# What systemd says of those that have no process: it tells failed from stopped.
sub add_claims {
    my ( $fact, @names ) = @_;
    my $job = start( q{}, undef, 'systemctl', 'show', '--property=Id,ActiveState,SubState,Result', map { "$_.service" } @names )
      or return;
    for my $block ( split /\n\n/sm, finish($job) ) {
        my %said = $block =~ /^(\w+)=([^\n]*)$/gsm;
        my ($name) = ( $said{Id} // q{} ) =~ /\A(.+)[.]service\z/sm or next;
        next if !$fact->{$name};
        @{ $fact->{$name} }{qw(active sub result)} = @said{qw(ActiveState SubState Result)};
    }
    return;
}

1;
