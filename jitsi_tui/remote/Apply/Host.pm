# This machine as the transaction sees it: where things lie, its clock, its processes, its ports.
package Apply::Host;
use strict;
use warnings;
use Errno qw(EINTR);
use Fcntl qw(:DEFAULT SEEK_SET);
use POSIX ();
use Socket qw(AF_INET AF_INET6 SOCK_STREAM pack_sockaddr_in pack_sockaddr_in6 inet_pton);

our $VERSION = '1';

my $PATH   = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
my $LIMIT  = 256 * 1024;
my $POLL   = 0.02;
my $START  = 19;                # of the fields after the name in /proc/PID/stat

sub new {
    my ( $class, $option ) = @_;
    my %self = ( root => q{}, 'path-first' => q{}, manager => 'auto', stable => 3, %{$option} );
    my $self = bless \%self, $class;
    my $first = $self->{'path-first'};
    $self->{env} = {
        PATH   => ( $first ne q{} ? "$first:$PATH" : $PATH ),
        LC_ALL => 'C',
        HOME   => ( $> == 0 ? '/root' : ( defined $ENV{HOME} ? $ENV{HOME} : q{/} ) ),
        SYSTEMD_PAGER => q{},
    };
    return $self;
}

# Where a path of the server lies for this process.
sub path {
    my ( $self, $path ) = @_;
    return $self->{root} . $path;
}

sub run_folder {
    my ($self) = @_;
    return $self->path( $self->{run} );
}

sub backup_folder {
    my ($self) = @_;
    return $self->path( $self->{backups} );
}

sub has_systemd {
    my ($self) = @_;
    return $self->{manager} eq 'systemd' || ( $self->{manager} eq 'auto' && -d '/run/systemd/system' );
}

# Whether the machine shuts down: the boot unit then does better what services on their way down would
# only disturb.
sub is_stopping {
    my ($self) = @_;
    return 0 if !$self->has_systemd || $self->{root} ne q{};
    my ( undef, $said ) = $self->command( [qw(systemctl is-system-running)], seconds => 5 );
    return $said =~ /\Astopping/x ? 1 : 0;
}

# Seconds on a clock that nobody sets.
sub now {
    my $text = slurp('/proc/uptime');
    return $text =~ m{\A([\d.]+)}x ? $1 : die "the clock /proc/uptime can't be read\n";
}

# Shorter than a second, where perl-base has nothing else; ends early when a child ends.
sub nap {
    my ($seconds) = @_;
    select undef, undef, undef, $seconds;    ## no critic (ProhibitSleepViaSelect)
    return;
}

sub slurp {
    my ($path) = @_;
    sysopen my $in, $path, O_RDONLY or return;
    my $text = q{};
    while (1) {
        my $got = sysread $in, $text, 65_536, length $text;
        next if !defined $got && $! == EINTR;
        return if !defined $got;
        last   if $got == 0;
    }
    close $in or return;
    return $text;
}

# Sets a piece of what the run keeps in /run free for others.
sub give_room {
    my ($self) = @_;
    return if !defined $self->{scratch};
    for my $number ( 1 .. 99 ) {
        my $path = "$self->{scratch}/room.$number";
        return if unlink $path;
    }
    return;
}

# Runs a program with a deadline of our own. Options: seconds, input (bytes), user, and daemon: what it
# starts may keep its output open for ever. Gives back its exit status (124: it took too long, 127: it
# could not be started) and what it said.
sub command {
    my ( $self, $argv, %with ) = @_;
    my ( $read, $out );
    if ( $with{daemon} ) {
        $out = $self->_scratch;
    }
    else {
        pipe $read, $out or die "no pipe: $!\n";
        fcntl $read, F_SETFL, O_NONBLOCK or die "no pipe: $!\n";
    }
    my $in = defined $with{input} ? _handed( $with{input} ) : undef;
    local $SIG{CHLD} = sub { };
    my $pid = fork;
    return ( 127, "no process: $!" ) if !defined $pid;
    if ( $pid == 0 ) {
        $self->_become( $argv, $in, $out, $with{user} );
        POSIX::_exit(127);
    }
    my $said = q{};
    close $out or die "no pipe: $!\n" if $read;
    my $status = _wait( $pid, defined $with{seconds} ? $with{seconds} : 30, $read, \$said );
    if ( !$read ) {
        sysseek $out, 0, SEEK_SET or return ( $status, q{} );
        sysread $out, $said, $LIMIT;
    }
    return ( $status, $said );
}

# A file without a name: nothing stays behind, and a daemon that inherits it never gets a SIGPIPE.
# Where there is no room for one, what the program says is lost, and nothing else.
sub _scratch {
    my ($self) = @_;
    for my $folder ( grep { defined } $self->{scratch}, '/dev/shm' ) {
        my $path = "$folder/.jitsi-tui-scratch.$$." . int rand 1e9;
        sysopen my $file, $path, O_RDWR | O_CREAT | O_EXCL, oct '600' or next;
        unlink $path or next;
        return $file;
    }
    sysopen my $null, '/dev/null', O_RDWR or die "no /dev/null: $!\n";
    return $null;
}

# The reading end of a pipe that holds these bytes already (less than a pipe's 64 KiB).
sub _handed {
    my ($bytes) = @_;
    pipe my $read, my $write or die "no pipe: $!\n";
    my $sent = syswrite $write, $bytes;
    close $write or die "no pipe: $!\n";
    die "too much for a pipe\n" if !defined $sent || $sent != length $bytes;
    return $read;
}

sub _become {
    my ( $self, $argv, $in, $out, $user ) = @_;
    POSIX::setpgid( 0, 0 );
    umask oct '22';    # ours is stricter, and a service that an init script starts inherits it
    local %ENV = %{ $self->{env} };
    if ( !defined $in ) {
        sysopen $in, '/dev/null', O_RDONLY or return;
    }
    POSIX::dup2( fileno $in,  0 );
    POSIX::dup2( fileno $out, 1 );
    POSIX::dup2( fileno $out, 2 );
    local @SIG{qw(HUP INT TERM PIPE CHLD)} = ('DEFAULT') x 5;
    if ( defined $user ) {
        _drop($user) or return;
    }
    chdir q{/} or return;
    no warnings 'exec';    ## no critic (ProhibitNoWarnings)
    exec { $argv->[0] } @{$argv};
}

sub _drop {
    my ($user) = @_;
    my ( $uid, $gid ) = ( getpwnam $user )[ 2, 3 ];
    return if !defined $uid;
    $) = "$gid $gid";      ## no critic (RequireLocalizedPunctuationVars)
    return POSIX::setgid($gid) && POSIX::setuid($uid);
}

sub _wait {
    my ( $pid, $seconds, $read, $said ) = @_;
    my $end = now() + $seconds;
    while (1) {
        my $ended = waitpid $pid, POSIX::WNOHANG();
        my $status = $?;
        _drain( $read, $said ) if $read;
        if ( $ended == $pid ) {
            my $signal = $status & 127;
            return $signal ? 128 + $signal : $status >> 8;
        }
        return 127 if $ended < 0;
        last if now() > $end;
        nap($POLL);
    }
    kill 'KILL', -$pid;
    waitpid $pid, 0;
    return 124;
}

# All that can be read now; what is too much is thrown away.
sub _drain {
    my ( $read, $said ) = @_;
    while ( my $got = sysread $read, my $more, 65_536 ) {
        ${$said} .= $more if length ${$said} < $LIMIT;
    }
    return;
}

# Start of a process in clock ticks since boot; nothing if there is none (a zombie is none).
sub start_of {
    my ($pid) = @_;
    my $stat = slurp("/proc/$pid/stat");
    return if !defined $stat;
    $stat =~ s{\A.*\)[ ]}{}xs;
    my @field = split /[ ]/x, $stat;
    return if !@field || $field[0] =~ /[ZX]/x;
    return $field[$START];
}

# A process made now: what starts later than this started after this call. /proc/uptime is of no use
# here, since a container may see an uptime of its own beside the ticks of its host.
sub tick {
    my $pid = fork;
    die "no process: $!\n" if !defined $pid;
    POSIX::_exit(0) if $pid == 0;
    my $stat = slurp("/proc/$pid/stat");
    waitpid $pid, 0;
    $stat =~ s{\A.*\)[ ]}{}xs;
    return ( split /[ ]/x, $stat )[$START];
}

# When a process started, in seconds of the epoch.
sub since {
    my ($start) = @_;
    my $ticks = tick() - $start;
    return int time - $ticks / POSIX::sysconf( POSIX::_SC_CLK_TCK() );
}

# Writes down in a run's folder which process cares for it. A full disk is no reason to stop.
sub note_process {
    my ($folder) = @_;
    my $path = "$folder/process";
    unlink $path;
    sysopen my $out, $path, O_WRONLY | O_CREAT | O_EXCL, oct '600' or return;
    syswrite $out, join( q{ }, $$, start_of($$), boot_id() ) . "\n";
    close $out or return;
    return;
}

# Whether the process that was written down there is alive.
sub is_cared_for {
    my ($folder) = @_;
    my $text = slurp("$folder/process");
    my ( $pid, $began ) = split /[ ]/x, defined $text ? $text : q{};
    return 0 if !defined $began || "$pid$began" =~ /\D/x;
    my $start = start_of($pid);
    return defined $start && $start == $began;
}

sub boot_id {
    my $id = slurp('/proc/sys/kernel/random/boot_id');
    return defined $id ? $id =~ s/\s//gxr : 'unknown';
}

# Whether something takes connections on this port of this machine.
sub answers {
    my ($port) = @_;
    return connected($port) ? 1 : 0;
}

# A connection (that does not block) to a port of this machine; nothing where none is taken.
sub connected {
    my ($port) = @_;
    my @try = (
        [ AF_INET,  sub { pack_sockaddr_in( $port, inet_pton( AF_INET, '127.0.0.1' ) ) } ],
        [ AF_INET6, sub { pack_sockaddr_in6( $port, inet_pton( AF_INET6, '::1' ) ) } ],
    );
    for my $way (@try) {
        socket my $socket, $way->[0], SOCK_STREAM, 0 or next;
        my $flags = fcntl $socket, F_GETFL, 0;
        fcntl $socket, F_SETFL, $flags | O_NONBLOCK;
        my $connected = connect $socket, $way->[1]->();
        if ( !$connected && $!{EINPROGRESS} ) {
            my $ready = q{};
            vec( $ready, fileno $socket, 1 ) = 1;
            select undef, $ready, undef, 1;
            $connected = unpack( 'i', getsockopt $socket, Socket::SOL_SOCKET(), Socket::SO_ERROR() ) == 0
              && vec $ready, fileno $socket, 1;
        }
        return $socket if $connected;
    }
    return;
}

1;
