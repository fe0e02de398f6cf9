# One service, judged by its process and its port, and never by an exit code or what its unit claims.
package Apply::Service;
use strict;
use warnings;
use Apply::Host;
use Apply::Text;
use Fcntl qw(:DEFAULT SEEK_SET);

our $VERSION = '1';

my $COMMAND  = 45;     # seconds that a manager's command may take
my $STOPPING = 15;     # seconds until a process that should end is killed
my $WORDS    = 16_384;
my $STARTING = 3;      # seconds until a start without a process counts as none
my $LATER    = 2;      # seconds by which a process may seem younger than its pid file: clocks are rounded

my %KNOWN = (
    prosody => {
        user  => 'prosody',
        pid   => [qw(/run/prosody/prosody.pid /var/run/prosody/prosody.pid)],
        sign  => qr{(?:\A|/|\0)prosody(?:\0|\z)}x,
        ports => sub { $_[0]{root} eq q{} ? ( 5222, $_[0]{'prosody-http'} ) : ( $_[0]{'prosody-http'} ) },
        logs  => [qw(/var/log/prosody/prosody.err /var/log/prosody/prosody.log)],
    },
    jicofo => {
        user  => 'jicofo',
        pid   => [qw(/run/jicofo.pid /var/run/jicofo.pid /run/jicofo/jicofo.pid)],
        sign  => qr{jicofo}x,
        ports => sub { $_[0]{'jicofo-http'} },
        logs  => [qw(/var/log/jitsi/jicofo.log)],
    },
    'jitsi-videobridge2' => {
        user => 'jvb',
        pid => [
            qw(/run/jitsi-videobridge2.pid /var/run/jitsi-videobridge2.pid
              /run/jitsi-videobridge/jitsi-videobridge.pid /var/run/jitsi-videobridge/jitsi-videobridge.pid)
        ],
        sign  => qr{videobridge|jvb}x,
        ports => sub { $_[0]{'videobridge-http'} },
        logs  => [qw(/var/log/jitsi/jvb.log)],
    },
    nginx => {
        user  => 'www-data',
        pid   => [qw(/run/nginx.pid /var/run/nginx.pid)],
        sign  => qr{nginx}x,
        ports => sub { $_[0]{root} eq q{} ? ( 80, 443 ) : () },
        logs  => [qw(/var/log/nginx/error.log)],
    },
    apache2 => {
        user  => 'www-data',
        pid   => [qw(/run/apache2/apache2.pid /var/run/apache2/apache2.pid /var/run/apache2.pid)],
        sign  => qr{apache2}x,
        ports => sub { $_[0]{root} eq q{} ? ( 80, 443 ) : () },
        logs  => [qw(/var/log/apache2/error.log)],
    },
);

sub names { return qw(prosody jicofo jitsi-videobridge2 nginx apache2) }

sub new {
    my ( $class, $host, $name ) = @_;
    die "not a service: $name\n" if !$KNOWN{$name};
    return bless { host => $host, name => $name, %{ $KNOWN{$name} } }, $class;
}

# As it is now: kind, state, pid, start (ticks), masked.
sub look {
    my ($self) = @_;
    my %now = ( kind => 'none', state => 'absent', pid => 0, start => 0, masked => 0, active => q{} );
    if ( $self->{host}->has_systemd ) {
        $self->_ask_systemd( \%now );
    }
    elsif ( -e $self->{host}->path("/etc/init.d/$self->{name}") ) {
        %now = ( %now, kind => 'init', state => 'stopped' );
    }
    $now{pid} = $self->_find_process if $now{kind} eq 'init' || $now{kind} eq 'generated';
    my $start = $now{pid} ? Apply::Host::start_of( $now{pid} ) : undef;
    if ( defined $start ) {
        @now{qw(state start)} = ( 'running', $start );
    }
    else {
        $now{pid} = 0;
        $now{state} = 'failed' if $now{kind} eq 'generated' && $now{active} eq 'active';
    }
    return \%now;
}

sub _ask_systemd {
    my ( $self, $now ) = @_;
    my @ask = qw(LoadState ActiveState SubState MainPID FragmentPath UnitFileState);
    my ( undef, $said ) =
      $self->{host}->command( [ 'systemctl', 'show', map( {"--property=$_"} @ask ), "$self->{name}.service" ] );
    my %is = map { /\A(\w+)=(.*)\z/x ? ( $1 => $2 ) : () } split /\n/x, $said;
    my $load = defined $is{LoadState} ? $is{LoadState} : 'not-found';
    return if $load eq 'not-found';
    $now->{masked} = 1 if $load eq 'masked' || ( $is{UnitFileState} || q{} ) =~ /\Amasked/x;
    $now->{kind}   = ( $is{FragmentPath} || q{} ) =~ m{\A/run/systemd/generator}x ? 'generated' : 'unit';
    $now->{active} = $is{ActiveState} || q{};
    $now->{pid}    = $is{MainPID} || 0;

    # A unit that is active without a process is a wrapper of an init script, whoever wrote it.
    $now->{kind} = 'generated' if $now->{active} eq 'active' && !$now->{pid};
    $now->{state}  = $now->{active} eq 'failed' ? 'failed' : 'stopped';
    $now->{coming} = ( $is{SubState} || q{} ) eq 'auto-restart';
    return;
}

# By its pid file, else among all processes of this machine.
sub _find_process {
    my ($self) = @_;
    my $host = $self->{host};
    for my $path ( @{ $self->{pid} } ) {
        my $pid = $self->_number_in($path);
        return $pid if $pid && $self->_is_it( $pid, $path );
    }
    return 0 if $host->{root} ne q{};
    opendir my $proc, '/proc' or return 0;
    my @pids = sort { $a <=> $b } grep {/\A\d+\z/x} readdir $proc;
    closedir $proc or return 0;
    my $ours = readlink '/proc/self/ns/pid';
    for my $pid (@pids) {
        next if ( readlink("/proc/$pid/ns/pid") || q{} ) ne ( $ours || q{} );
        return $pid if $self->_runs_it($pid) && defined Apply::Host::start_of($pid);
    }
    return 0;
}

# The process that a pid file names, if there is one of that number.
sub _number_in {
    my ( $self, $path ) = @_;
    my $text = Apply::Host::slurp( $self->{host}->path($path) );
    my ($pid) = ( defined $text ? $text : q{} ) =~ /\A\s*(\d+)/x;
    return $pid && defined Apply::Host::start_of($pid) ? $pid : 0;
}

# The number may be another's by now: one's who looks at the service's log, or of the same user.
sub _is_it {
    my ( $self, $pid, $path ) = @_;
    return 1 if $self->{host}{root} ne q{} || $self->_runs_it($pid);
    my $uid   = getpwnam $self->{user};
    my $owner = ( stat "/proc/$pid" )[4];
    return 0 if !defined $uid || !defined $owner || $owner != $uid;
    my $line = Apply::Host::slurp("/proc/$pid/cmdline");
    return 1 if defined $line && $line =~ $self->{sign};
    my ( $start, $written ) = ( Apply::Host::start_of($pid), ( stat $path )[9] );
    return defined $start && defined $written && Apply::Host::since($start) <= $written + $LATER;
}

# The script of a service ends whoever has the number in its pid file.
sub _forget_strangers {
    my ($self) = @_;
    for my $path ( @{ $self->{pid} } ) {
        my $pid = $self->_number_in($path);
        unlink $path if $pid && !$self->_is_it( $pid, $path );
    }
    return;
}

# Without a pid file: the program itself, not an editor or a tail with its name among the arguments.
sub _runs_it {
    my ( $self, $pid ) = @_;
    my $line = Apply::Host::slurp("/proc/$pid/cmdline");
    return 0 if !defined $line || $line !~ $self->{sign};
    my ( $program, $first ) = split /\0/x, $line;
    return 1 if $program =~ /\A\Q$self->{name}\E:[ ]master[ ]/x;
    $program =~ s{.*/}{}xs;
    return 1 if $program eq $self->{name};
    return 0 if $program !~ /\A(?:lua[\d.]*|java)\z/x;
    return $program eq 'java' || ( defined $first && $first =~ m{/prosody\z}x );
}

sub answering {
    my ($self) = @_;
    return grep { Apply::Host::answers($_) } $self->{ports}->( $self->{host} );
}

# A new process in the place of the old one, whatever its kind. Dies where none comes.
sub restart {
    my ( $self, $seconds ) = @_;
    my $before = $self->look;
    $self->{host}->give_room;
    $self->{tick} = Apply::Host::tick();
    @{$self}{qw(from asked)} = ( $self->_log_ends, time );
    my $way = { unit => \&_restart_unit, generated => \&_restart_generated, init => \&_restart_init }->{ $before->{kind} };
    die "$self->{name} is not installed here as a service\n" if !defined $way;
    $self->$way( $before, $seconds || $COMMAND );
    my $now = $self->look;
    return $before->{pid} ? "process $before->{pid} → " . ( $now->{pid} || 'none' ) : "process $now->{pid}";
}

sub _systemctl {
    my ( $self, $seconds, @words ) = @_;
    return $self->{host}->command( [ 'systemctl', '--no-ask-password', @words, "$self->{name}.service" ], seconds => $seconds );
}

sub _restart_unit {
    my ( $self, $before, $seconds ) = @_;
    $self->_systemctl( 10, 'reset-failed' );
    my ( $exit, $said ) = $self->_systemctl( $seconds, 'restart' );
    return if $exit == 0 && $self->_is_new( $self->look, $before );
    if ( $exit == 124 || $exit == 0 && $self->_same( $before ) ) {
        $self->_systemctl( 10, 'kill', '--signal=SIGKILL' );
        $self->_systemctl( 10, 'reset-failed' );
        ( $exit, $said ) = $self->_systemctl( $seconds, 'start' );
    }
    die "$self->{name} did not start within $seconds s\n" if $exit == 124;
    die "$self->{name} did not start: " . ( $self->last_words || Apply::Text::tail( $said, 3 ) ) . "\n" if $exit != 0;
    return;
}

sub _same {
    my ( $self, $before ) = @_;
    my $now = $self->look;
    return $now->{pid} && $now->{pid} == $before->{pid} && $now->{start} == $before->{start};
}

# The unit that systemd makes of an init script doesn't wait for the old process, and its script
# starts nothing while that one is there.
sub _restart_generated {
    my ( $self, $before, $seconds ) = @_;
    $self->_forget_strangers;
    $self->_systemctl( 10, 'reset-failed' );
    $self->_systemctl( $seconds, 'stop' );
    $self->_end_process($before);
    my ( $exit, $said ) = $self->_systemctl( $seconds, 'start' );
    die "$self->{name} did not start within $seconds s\n" if $exit == 124;
    return;
}

sub _restart_init {
    my ( $self, $before, $seconds ) = @_;
    my ( $host, $name ) = @{$self}{qw(host name)};
    $self->_forget_strangers;
    $host->command( [ 'service', $name, 'stop' ], seconds => $seconds, daemon => 1 );
    $self->_end_process($before);
    my ( $exit, $said ) = $host->command( [ 'service', $name, 'start' ], seconds => $seconds, daemon => 1 );
    return if $self->_comes($STARTING);
    if ( $name eq 'prosody' ) {
        $host->command( [ 'prosodyctl', 'start' ], seconds => $seconds, daemon => 1 );
        return if $self->_comes($STARTING);
    }
    my $why = $self->last_words || Apply::Text::tail( $said, 3 );
    die "$name did not start" . ( $why ne q{} ? ": $why" : q{} ) . "\n";
}

sub _comes {
    my ( $self, $seconds ) = @_;
    my $end = Apply::Host::now() + $seconds;
    while (1) {
        my $now = $self->look;
        return 1 if $now->{pid} && $now->{start} >= $self->{tick};
        return 0 if Apply::Host::now() > $end;
        Apply::Host::nap(0.05);
    }
    return 0;
}

sub _is_new {
    my ( $self, $now, $before ) = @_;
    return $now->{pid} && ( $now->{pid} != $before->{pid} || $now->{start} != $before->{start} );
}

# Waits until a process is gone, helps it along, and makes sure.
sub _end_process {
    my ( $self, $process ) = @_;
    my ( $pid, $start ) = @{$process}{qw(pid start)};
    return if !$pid;
    my $is_there = sub { my $now = Apply::Host::start_of($pid); return defined $now && $now == $start };
    for my $try ( [ undef, 3 ], [ 'TERM', $STOPPING ], [ 'KILL', 3 ] ) {
        my ( $signal, $seconds ) = @{$try};
        kill $signal, $pid if defined $signal && $is_there->();
        my $end = Apply::Host::now() + $seconds;
        while ( $is_there->() && Apply::Host::now() < $end ) {
            Apply::Host::nap(0.03);
        }
        return if !$is_there->();
    }
    die "$self->{name} (process $pid) can't be ended\n";
}

sub _log_ends {
    my ($self) = @_;
    return { map { $_ => -s $self->{host}->path($_) || 0 } @{ $self->{logs} } };
}

# What it wrote since it was restarted: complaints in its logs, else the system's journal, else the
# last lines of its logs.
sub last_words {
    my ($self) = @_;
    my @texts = map { $self->_log_since($_) } @{ $self->{logs} };
    for my $text (@texts) {
        my @bad = grep {/error|fatal|severe|exception|fail/xi} split /\n/x, $text;
        return Apply::Text::tail( join( "\n", @bad ), 3 ) if @bad;
    }
    my $words = $self->_journal_words;
    return $words if $words ne q{};
    my ($newest) = grep {/\S/x} @texts;
    return Apply::Text::tail( $newest, 3 );
}

sub _log_since {
    my ( $self, $path ) = @_;
    sysopen my $log, $self->{host}->path($path), O_RDONLY or return q{};
    my $size = -s $log;
    my $from = $self->{from} ? $self->{from}{$path} : 0;
    $from = 0              if $from > $size;
    $from = $size - $WORDS if $size - $from > $WORDS;
    sysseek $log, $from, SEEK_SET or return q{};
    my $text = q{};
    sysread $log, $text, $WORDS;
    return $text;
}

sub _journal_words {
    my ($self) = @_;
    return q{} if !$self->{host}->has_systemd;
    my $since = $self->{asked} ? '@' . ( $self->{asked} - 1 ) : '-1min';
    my ( $exit, $said ) = $self->{host}->command(
        [ qw(journalctl --no-pager --quiet --output=cat --lines=40), "--since=$since", "--unit=$self->{name}.service" ],
        seconds => 5
    );
    my @lines = grep { /\w/x && !/\A(?:Start|Stopp)(?:ed|ing)[ ]|\AGood[ ]luck/x } split /\n/x, $exit == 0 ? $said : q{};
    my @its_own = grep { !/\A\S+[.]service:[ ]|\AFailed[ ]to[ ]start[ ]/x } @lines;
    my @bad     = grep {/error|emerg|denied|unable|no[ ]such|[.]lua:\d/xi} @its_own;
    my ($most)  = grep { @{$_} } \@bad, \@its_own, \@lines;
    return Apply::Text::tail( join( "\n", @{ $most // [] } ), 3 );
}

1;
