# The machine around Jitsi: packages, ports, disks, locks, backups, logs, Docker.
package Facts::Machine;
use strict;
use warnings;
use Config;
use Errno qw(ENOENT);
use Facts::Child qw(finish start);
use Facts::File qw(is_public kernel_file names owner plain_names root say_file slurp);
use Facts::Say qw(pairs say_section);
use Facts::Service;
use Fcntl qw(:DEFAULT F_GETLK F_WRLCK F_UNLCK SEEK_SET);
use POSIX ();

our $VERSION = '1';

sub start_disks {
    return start( q{}, undef, 'df', '-Pk', grep { -d } map { root() . $_ } qw(/ /etc /var/lib /var/log /var/backups) );
}

sub say_disks {
    my ($job) = @_;
    say_section( 'K', 'disks', [], finish($job) ) if $job;
    return;
}

sub say_the_rest {
    my ($backups) = @_;
    say_docker();
    say_packages();
    say_extras();
    say_listeners();
    say_secrets();
    say_dpkg();
    say_backups($backups);
    say_logs();
    say_section( 'K', 'plugins', [], join "\n", grep { /\Amod_.*[.]lua\z/sm } plain_names('/usr/share/jitsi-meet/prosody-plugins') );
    return;
}

# Only where no Jitsi of Debian's packages lies beside: containers take their time to ask for.
sub say_docker {
    return if -d root() . "/etc/jitsi/meet" || -d root() . "/etc/jitsi/jicofo";
    my %contained = Facts::Service::in_containers();
    my @signs     = map { "process $_ runs in a container: " . substr $contained{$_} =~ s/\0/ /grsm, 0, 200 } sort keys %contained;
    push @signs, 'this is the inside of a container (/.dockerenv)' if -e root() . "/.dockerenv";
    push @signs, map { "folder $_" } grep { -d root() . $_ } qw(/config/prosody /config/jicofo /config/web /config/jvb);
    if ( -x root() . "/usr/bin/docker" && root() eq q{} ) {
        my $job = start( q{}, undef, 'docker', 'ps', '--format', '{{.Names}}' );
        push @signs, map { "container $_" } grep { /\A[\w.-]*(?:jitsi|prosody|jicofo|jvb)[\w.-]*\z/sm } split /\n/sm, finish($job) if $job;
    }
    for my $home ( '/root', '/opt', '/srv', map { "/home/$_" } grep { !/\A[.]/sm } plain_names('/home') ) {
        push @signs, "folder $home/.jitsi-meet-cfg" if -d root() . "$home/.jitsi-meet-cfg";
        for my $project ( map { "$home/$_" } grep { /jitsi/sm && !/\A[.]/sm } plain_names($home) ) {
            my $text = slurp( "$project/.env", 262_144 ) // next;
            push @signs, "folder $project";
            push @signs, "address $1" if $text =~ /^[ \t]*PUBLIC_URL=["']?([^\s"']+)/sm;
        }
    }
    say_section( @signs ? 'K' : 'A', 'docker', [], join "\n", @signs );
    return;
}

sub say_packages {
    my $text = slurp( '/var/lib/dpkg/status', 33_554_432 ) // return;
    for my $name (qw(jicofo jitsi-videobridge2 jitsi-meet-web jitsi-meet-web-config jitsi-meet-prosody jigasi jibri)) {
        my $at = index $text, "\nPackage: $name\n";
        next if $at < 0;
        my $end    = index $text, "\n\n", $at;
        my $record = substr $text, $at, $end < 0 ? 4096 : $end - $at;
        next if $record !~ /^Status:[ ]\S+[ ]ok[ ]installed$/sm;
        my $installed = ( stat root() . "/var/lib/dpkg/info/$name.list" )[9] // q{};
        say_section( 'K', 'version', [ $name, $installed ], $1 ) if $record =~ /^Version:[ ]([^\n]+)$/sm;
    }
    return;
}

sub say_extras {
    for my $name (qw(jigasi jibri)) {
        next if !-d root() . "/etc/jitsi/$name" || !( -e root() . "/usr/share/$name" || -e root() . "/opt/jitsi/$name" || -e root() . "/etc/init.d/$name" );
        say_section( 'K', 'extra', [$name], q{} );
    }
    say_file( 'jigasi', '/etc/jitsi/jigasi/sip-communicator.properties' );
    return;
}

# Private keys that everybody may read, by name alone; and such files of Jitsi's parts, which may hold passwords.
sub say_secrets {
    my $keys = qr/(?:[.]key|privkey.*[.]pem)\z/sm;
    for my $path ( map { in_folder( $_, $keys ) } qw(/etc/jitsi/meet /etc/prosody/certs /var/lib/prosody /etc/nginx/ssl /etc/ssl) ) {
        my @stat = stat root() . $path or next;
        say_section( 'K', 'public-key', [ $path, sprintf '%o', $stat[2] & oct 7777 ], q{} ) if is_public( $path, $stat[2] );
    }
    for my $path ( map { in_folder( "/etc/jitsi/$_", qr/\A(?:config|[\w-]+[.]conf|sip-communicator[.]properties)\z/sm ) } qw(jicofo videobridge jigasi jibri) ) {
        my @stat = stat root() . $path or next;
        say_file( 'secret', $path ) if is_public( $path, $stat[2] );
    }
    return;
}

sub in_folder {
    my ( $folder, $pattern ) = @_;
    return map { "$folder/$_" } grep { /$pattern/sm } plain_names($folder);
}

sub say_listeners {
    my $base = root();
    my @lines = map { grep { /\A\s*\d+:[ ]\S+[ ]\S+[ ]0A[ ]/sm } split /\n/sm, kernel_file("$base/proc/net/$_") // q{} } qw(tcp tcp6);
    say_section( 'K', 'listeners', [], join "\n", map { /:[ ](\S+)[ ]/sm ? $1 : () } @lines );
    return;
}

sub say_dpkg {
    my $template = $Config{archname} =~ /\Ai\d86/sm ? 's s q q l' : 's s x4 q q l x4';
    my $holder;
    for my $name (qw(lock-frontend lock)) {
        sysopen my $file, root() . "/var/lib/dpkg/$name", O_RDONLY or next;
        my $ask = pack $template, F_WRLCK, SEEK_SET, 0, 0, 0;
        fcntl $file, F_GETLK, $ask or next;
        my ( $type, undef, undef, undef, $pid ) = unpack $template, $ask;
        $holder //= $pid if $type != F_UNLCK;
    }
    say_section( 'K', 'dpkg', [], $holder ) if defined $holder;
    return;
}

sub say_backups {
    my ($folder) = @_;
    return if $folder eq q{};
    my @ids = reverse names( $folder, qr/\A\d[\w.-]*\z/sm, 1 );    # undo means the newest
    for my $id (@ids) {
        say_file( 'backup', "$folder/$id/manifest" );
        my ($phase) = map { /\Aphase[.](\w+)\z/sm ? $1 : () } plain_names("$folder/$id");
        say_section( 'K', 'unfinished', [$id], $phase ) if defined $phase;
    }
    return;
}

sub say_logs {
    for my $log (
        [ 'prosody', '/var/log/prosody/prosody.log' ], [ 'prosody.err',  '/var/log/prosody/prosody.err' ],
        [ 'jicofo',  '/var/log/jitsi/jicofo.log' ],    [ 'jvb',          '/var/log/jitsi/jvb.log' ],
        [ 'nginx',   '/var/log/nginx/error.log' ],     [ 'nginx.access', '/var/log/nginx/access.log' ],
        [ 'apache2', '/var/log/apache2/error.log' ],   [ 'apache2.access', '/var/log/apache2/access.log' ],
      )
    {
        my $there = stat root() . "$log->[1]";
        next if !$there && $! == ENOENT;
        say_section( 'K', 'log', [ $log->[0] ], $log->[1] );
    }
    return;
}

sub say_host {
    my ($manager) = @_;
    my ( undef, $hostname ) = POSIX::uname();
    my @local  = localtime $^T;
    my $offset = POSIX::mktime( localtime $^T ) - POSIX::mktime( ( gmtime $^T )[ 0 .. 5 ], 0, 0, $local[8] );
    my ($os) = ( slurp('/etc/os-release') // slurp('/usr/lib/os-release') // q{} ) =~ /^PRETTY_NAME="?([^"\n]*)/sm;
    say_section(
        'K', 'host',
        [],
        pairs(
            hostname => $hostname,
            time     => $^T,
            offset   => $offset,
            uid      => $>,
            user     => owner($>),
            os       => $os // q{},
            systemd  => Facts::Service::has_systemd($manager) ? 1 : 0,
        )
    );
    return;
}

1;
