#!/usr/bin/perl
# Gathers what there is to know about the Jitsi on this server. Changes nothing.
#
#   facts.pl --nonce=HEX [--root=DIR] [--path-first=DIR] [--manager=auto|systemd|init]
#            [--run=DIR] [--backups=DIR] [--only=jicofo-log]
#
# Input (behind __END__): the Lua program that asks Prosody's configuration manager.
# Output: sections of "NONCE STATE NAME FIELD... LENGTH\n", LENGTH bytes and a line feed. Fields are
# percent-encoded. STATE is K (known), A (looked for, not there) or F (could not be looked at); the bytes
# of A and F say why. The last section is "end".
use strict;
use warnings;
use Config;
use Cwd ();
use Errno qw(EACCES EINTR ENOENT ENOTDIR EPERM);
use Fcntl qw(:DEFAULT :mode F_GETLK F_WRLCK F_UNLCK SEEK_SET);
use POSIX ();

my $LIMIT_FILE = 1_048_576;
my $LIMIT_ALL  = 25_165_824;
my $LIMIT_LOG  = 16_777_216;
my $DEADLINE   = 5;               # seconds for what we start ourselves
my $MANY       = 300;             # files of one kind

my %option = ( root => q{}, 'path-first' => q{}, manager => 'auto', run => q{}, backups => q{}, only => q{} );
for my $word (@ARGV) {
    $option{$1} = $2 if $word =~ /\A--([a-z-]+)=(.*)\z/sm;
}
my $root  = $option{root} eq q{} ? q{} : Cwd::realpath( $option{root} ) // $option{root};
my $nonce = $option{nonce} // die "no nonce\n";
my $sent  = 0;
my $PATH  = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
local $ENV{LC_ALL} = 'C';
local $ENV{PATH} = $option{'path-first'} eq q{} ? $PATH : "$option{'path-first'}:$PATH";
local $SIG{PIPE} = 'DEFAULT';
binmode STDOUT;
my $lua = do { local $/ = undef; <DATA> };
alarm 20;

# --- what is said -----------------------------------------------------------------------------

sub say_section {
    my ( $state, $name, $fields, $bytes ) = @_;
    if ( $sent + length $bytes > $LIMIT_ALL && $state eq 'K' ) {
        ( $state, $bytes ) = ( 'F', 'left out: there is too much of it' );
    }
    $sent += length $bytes;
    my @words = map { my $word = $_; $word =~ s/([^A-Za-z0-9._\/-])/sprintf '%%%02X', ord $1/gesm; $word eq q{} ? q{%} : $word }
      $name, @{$fields};
    print join( q{ }, $nonce, $state, @words, length $bytes ), "\n", $bytes, "\n" or exit 1;
    return;
}

sub pairs {
    my (%pair) = @_;
    return join q{}, map { my $value = $pair{$_}; $value =~ s/([^ -\$&-~])/sprintf '%%%02X', ord $1/gesm; "$_=$value\n" }
      grep { defined $pair{$_} } sort keys %pair;
}

# --- files ------------------------------------------------------------------------------------

my ( %user, %group );
sub owner { my ($id) = @_; return $user{$id}  //= getpwuid $id // $id }
sub gang  { my ($id) = @_; return $group{$id} //= getgrgid $id // $id }

# What errno means for a path: absent, or impossible to look at; and why, with who could.
sub trouble {
    my ($path) = @_;
    my $errno = $! + 0;
    return ( 'A', 'not there' ) if $errno == ENOENT || $errno == ENOTDIR;
    return ( 'F', "$!" ) if $errno != EACCES && $errno != EPERM;
    my $closed = $path;
    my @stat   = stat "$root$closed";
    while ( !@stat && $closed =~ s{/[^/]+\z}{}sm && $closed ne q{} ) { @stat = stat "$root$closed" }
    return ( 'F', 'may not be read' ) if !@stat;
    my $what = $closed eq $path ? q{} : "lies in $closed, which ";
    return ( 'F', sprintf '%smay be read by %s and group %s only (%04o)', $what, owner( $stat[4] ), gang( $stat[5] ), $stat[2] & 07777 );
}

# Opens a plain file without waiting for a pipe's other end; the handle and its stat, or nothing.
sub open_file {
    my ($path) = @_;
    sysopen my $file, "$root$path", O_RDONLY | O_NONBLOCK or return;
    my @stat = stat $file;
    if ( !S_ISREG( $stat[2] ) ) { $! = ENOENT; return }
    return ( $file, @stat );
}

sub slurp {
    my ( $path, $limit ) = @_;
    my ($file) = open_file($path) or return;
    return read_all( $file, $limit // $LIMIT_FILE );
}

sub read_all {
    my ( $file, $limit ) = @_;
    my $bytes = q{};
    while ( length $bytes <= $limit ) {
        my $got = sysread $file, $bytes, 65_536, length $bytes;
        next if !defined $got && $! == EINTR;
        return if !defined $got;
        last   if !$got;
    }
    return $bytes;
}

sub kernel_file {
    my ($path) = @_;
    sysopen my $file, $path, O_RDONLY or return;
    return read_all( $file, 4_194_304 );
}

sub real_path {
    my ($path) = @_;
    my $real = Cwd::realpath("$root$path") // return $path;
    return $root ne q{} && index( $real, "$root/" ) == 0 ? substr $real, length $root : $real;
}

# One file as a section "file ROLE PATH REAL OWNER GROUP MODE MTIME PUBLIC"; gives back its bytes.
sub say_file {
    my ( $role, $path, $wanted ) = @_;
    my ( $file, @stat ) = open_file($path);
    if ( !$file ) {
        my ( $state, $why ) = trouble($path);
        say_section( $state, 'file', [ $role, $path ], $why );
        return;
    }
    my $bytes = read_all( $file, $LIMIT_FILE );
    if ( !defined $bytes || length $bytes > $LIMIT_FILE ) {
        say_section( 'F', 'file', [ $role, $path ], defined $bytes ? 'larger than 1 MiB' : "$!" );
        return;
    }
    return if $wanted && !$wanted->($bytes);
    say_section( 'K', 'file',
        [ $role, $path, real_path($path), owner( $stat[4] ), gang( $stat[5] ), sprintf( '%o', $stat[2] & 07777 ), $stat[9], is_public( $path, $stat[2] ) ],
        $bytes );
    return $bytes;
}

# Whether everybody on this machine can read it: every folder on the way lets them through.
my %through;

sub is_public {
    my ( $path, $mode ) = @_;
    return 0 if !( $mode & S_IROTH );
    my $folder = real_path($path) =~ s{/[^/]*\z}{}rsm;
    while ( $folder ne q{} ) {
        $through{$folder} //= ( ( stat "$root$folder" )[2] // 0 ) & S_IXOTH ? 1 : 0;
        return 0 if !$through{$folder};
        $folder =~ s{/[^/]*\z}{}sm;
    }
    return 1;
}

# The names in a folder that match, sorted; says so where the folder can't be read.
sub names {
    my ( $folder, $pattern ) = @_;
    my $handle;
    if ( !opendir $handle, "$root$folder" ) {
        my ( $state, $why ) = trouble($folder);
        say_section( $state, 'folder', [$folder], $why ) if $state eq 'F';
        return;
    }
    my @names = sort grep { $_ ne q{.} && $_ ne q{..} && /$pattern/sm } readdir $handle;
    closedir $handle;
    if ( @names > $MANY ) {
        say_section( 'F', 'folder', [$folder], 'more than ' . $MANY . ' files: the rest was left out' );
        $#names = $MANY - 1;
    }
    return @names;
}

# --- Prosody ----------------------------------------------------------------------------------

my %prosody = ( sources => '/usr/lib/prosody', config => '/etc/prosody', data => '/var/lib/prosody' );

sub find_prosody {
    for my $program (qw(/usr/bin/prosody /usr/local/bin/prosody)) {
        my $text = slurp( $program, 65_536 ) // next;
        ( $prosody{lua} ) = $text =~ m{\A\#![^\n]*?(lua[\d.jit]*)}sm;
        for my $what ( [ sources => 'SOURCEDIR' ], [ config => 'CONFIGDIR' ], [ data => 'DATADIR' ] ) {
            $prosody{ $what->[0] } = $1 if $text =~ m{^CFG_$what->[1]\s*=\s*['"](/[^'"]+)['"]}sm;
        }
        $prosody{program} = $program;
        last;
    }
    my $version = slurp("$prosody{sources}/prosody.version");
    say_section( 'K', 'version', ['prosody'], $version ) if defined $version;
    return;
}

sub say_prosody_files {
    my $main  = "$prosody{config}/prosody.cfg.lua";
    my @queue = ($main);
    my %seen;
    while ( defined( my $path = shift @queue ) ) {
        next if $seen{$path}++ || keys %seen > $MANY;
        my $bytes = say_file( 'prosody', $path ) // next;
        $seen{ real_path($path) } = 1;
        $prosody{data} = $1 if $bytes =~ m{^\s*data_path\s*=\s*["'](/[^"']+)["']}sm;
        my $folder = $path =~ s{[^/]+\z}{}rsm;
        while ( $bytes =~ /^[ \t]*[Ii]nclude\s*[(]?\s*(["'])([^"'\n]+)\1/gsm ) {
            push @queue, included( $2 =~ m{\A/}sm ? $2 : "$folder$2" );
        }
    }
    my $aside = "$prosody{config}/conf.avail";
    for my $name ( names( $aside, qr/\A[^.].*[.]cfg[.]lua\z/sm ) ) {
        say_file( 'aside', "$aside/$name" ) if !$seen{ real_path("$aside/$name") };
    }
    return;
}

sub included {
    my ($path) = @_;
    return $path if $path !~ /[*?]/sm;
    my ( $folder, $glob ) = $path =~ m{\A(.*)/([^/]*)\z}sm;
    return if $folder =~ /[*?]/sm;
    my $pattern = quotemeta $glob;
    $pattern =~ s/\\[*]/.*/gsm;
    $pattern =~ s/\\[?]/./gsm;
    return map { "$folder/$_" } names( $folder, qr/\A(?![.])$pattern\z/sm );
}

# Starts the server's Lua as user prosody: the files are programs.
sub start_meaning {
    return if !-r "$root$prosody{sources}/core/configmanager.lua" || $lua !~ /\S/sm;
    my @lua = ( $prosody{lua} // 'lua5.4', '-', "$root$prosody{sources}", "$root$prosody{config}/prosody.cfg.lua", "$nonce " );
    return start( $lua, ( $> == 0 && $root eq q{} ? 'prosody' : undef ), @lua );
}

sub say_meaning {
    my ($job) = @_;
    if ( !$job ) {
        return say_section( 'A', 'meaning', [], 'Prosody is not installed here' );
    }
    my $said = finish($job);
    my $at = rindex $said, "\n$nonce ";
    if ( $at < 0 ) {
        my $why = $said =~ /(\S[^\n]*)\s*\z/sm ? substr $1, 0, 300 : 'it said nothing';
        return say_section( 'F', 'meaning', [], "$prosody{lua} could not read it: $why" );
    }
    return say_section( 'K', 'meaning', [], substr $said, $at + 2 + length $nonce );
}

sub say_accounts {
    my $hosts;
    if ( !opendir $hosts, "$root$prosody{data}" ) {
        my ( $state, $why ) = trouble( $prosody{data} );
        return say_section( $state, 'accounts', [], $why );
    }
    for my $host ( sort grep { !/\A[.]/sm } readdir $hosts ) {
        opendir my $folder, "$root$prosody{data}/$host/accounts" or next;
        my @names = grep { /[.]dat\z/sm } readdir $folder;
        closedir $folder;
        say_section( 'K', 'accounts', [$host], join "\n", scalar @names, @names > 20 ? @names[ 0 .. 19 ] : @names );
    }
    closedir $hosts;
    return;
}

# --- programs that we start -------------------------------------------------------------------

sub start {
    my ( $input, $as, @command ) = @_;
    my ( $uid, $gid ) = defined $as ? ( getpwnam $as )[ 2, 3 ] : ();
    return if defined $as && !defined $uid;
    pipe my $read, my $write or return;
    my $pid = open( my $output, q{-|} ) // return;
    if ( !$pid ) {
        setpgrp;
        alarm 0;
        open STDIN,  '<&', $read   or POSIX::_exit(127);
        open STDERR, '>&', \*STDOUT or POSIX::_exit(127);
        close $write;
        if ( defined $uid ) {
            $) = join q{ }, $gid, groups_of( $as, $gid );    ## no critic (RequireLocalizedPunctuationVars)
            POSIX::setgid($gid) && POSIX::setuid($uid) or POSIX::_exit(126);
            chdir q{/};
        }
        no warnings 'exec';    ## no critic (ProhibitNoWarnings)
        exec { $command[0] } @command or POSIX::_exit(127);
    }
    close $read;
    { local $SIG{PIPE} = 'IGNORE'; syswrite $write, $input }
    close $write;
    return { pid => $pid, output => $output, until => time + $DEADLINE };
}

sub groups_of {
    my ( $name, $gid ) = @_;
    my $text = kernel_file('/etc/group') // q{};
    return ( $gid, map { /\A[^:]*:[^:]*:(\d+):(.*)\z/sm && ",$2," =~ /,\Q$name\E,/sm ? $1 : () } split /\n/sm, $text );
}

sub finish {
    my ($job) = @_;
    my $said = q{};
    while ( length $said < 8_388_608 ) {
        my $ready = q{};
        vec( $ready, fileno $job->{output}, 1 ) = 1;
        my $left = $job->{until} - time;
        last if $left < 0 || !select $ready, undef, undef, $left + 0.1;
        my $got = sysread $job->{output}, $said, 65_536, length $said;
        if ( !defined $got ) { next if $! == EINTR; last }
        if ( !$got ) { waitpid $job->{pid}, 0; return $said }
    }
    kill 'KILL', -$job->{pid};
    waitpid $job->{pid}, 0;
    return $said . "\nit took too long";
}

# --- services ---------------------------------------------------------------------------------

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
my %process;    # pid => its facts
my %contained;  # service => command of a process in a container

sub look_at {
    my ($pid) = @_;
    my $stat = kernel_file("/proc/$pid/stat") // return;
    $stat =~ s/\A.*[)][ ]//sm;
    my @field = split /[ ]/sm, $stat;
    return if !@field || $field[0] =~ /[ZX]/sm;
    return { pid => $pid, parent => $field[1], ticks => $field[19], command => kernel_file("/proc/$pid/cmdline") // q{} };
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
        return ( $seen, $path ) if $seen && ( $root ne q{} || $seen->{command} =~ $service{$name}{is} || runs_as( $pid, $name ) );
        $stale //= $path;
    }
    my @all = @{ $process{$name} // [] };
    my %is  = map { $_->{pid} => 1 } @all;
    my ($first) = sort { $a->{ticks} <=> $b->{ticks} } grep { !$is{ $_->{parent} } } @all;
    return ( $first, $stale );
}

# A pid file may name a process that came later by that number: its user tells.
sub runs_as {
    my ( $pid, $name ) = @_;
    my $user = { prosody => 'prosody', jicofo => 'jicofo', 'jitsi-videobridge2' => 'jvb' }->{$name} // return 0;
    return owner( ( stat "/proc/$pid" )[4] // q{} ) eq $user;
}

sub unit_of {
    my ($name) = @_;
    my %unit;
    for my $folder (@UNITS) {
        my $path = "$root$folder/$name.service";
        my $link = readlink $path;
        if ( defined $link && $link eq '/dev/null' ) { $unit{masked} = 1; next }
        if ( -e $path ) { $unit{unit} = "$folder/$name.service"; last }
    }
    ( $unit{generated} ) = grep { -e "$root$_" } map { "/run/systemd/$_/$name.service" } qw(generator.early generator generator.late);
    $unit{init} = "/etc/init.d/$name" if -e "$root/etc/init.d/$name";
    my $wanted = () = glob_names( '/etc/systemd/system', qr/[.](?:wants|requires)\z/sm, "$name.service" );
    my $runlevel = grep { /\AS\d\d\Q$name\E\z/sm } map { plain_names("/etc/rc$_.d") } 2 .. 5;
    $unit{enabled} = $unit{unit} ? ( $wanted ? 1 : 0 ) : ( $runlevel ? 1 : 0 );
    return %unit;
}

sub plain_names {
    my ($folder) = @_;
    opendir my $handle, "$root$folder" or return;
    my @names = readdir $handle;
    closedir $handle;
    return @names;
}

sub glob_names {
    my ( $folder, $pattern, $name ) = @_;
    return grep { -l "$root$_" || -e _ } map { "$folder/$_/$name" } grep { /$pattern/sm } plain_names($folder);
}

sub has_systemd {
    return $option{manager} eq 'systemd' || ( $option{manager} eq 'auto' && -d "$root/run/systemd/system" );
}

sub say_services {
    look_at_processes() if $root eq q{};
    my $own = ( look_at($$) // {} )->{ticks};
    my $hz  = POSIX::sysconf( POSIX::_SC_CLK_TCK() ) || 100;
    my ( %fact, @quiet );
    for my $name ( sort keys %service ) {
        my ( $seen, $file ) = process_of($name);
        my %unit = unit_of($name);
        $fact{$name} = \%unit;
        if ($seen) {
            $unit{pid}   = $seen->{pid};
            $unit{since} = sprintf '%.2f', $^T - ( $own - $seen->{ticks} ) / $hz if defined $own;
        }
        else {
            $unit{stale} = $file;
            push @quiet, $name if $unit{unit} || $unit{generated};
        }
    }
    add_claims( \%fact, @quiet ) if @quiet && has_systemd();
    my $hidden = $> != 0 && !-d '/proc/1' ? 1 : 0;
    say_section( 'K', 'service', [$_], pairs( %{ $fact{$_} }, hidden => $hidden ) ) for sort keys %fact;
    return;
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

# --- Jicofo, the web server, the rest ---------------------------------------------------------

sub say_jicofo {
    my $text = say_file( 'jicofo.config', '/etc/jitsi/jicofo/config' ) // q{};
    my ( $hocon, $legacy ) = qw(/etc/jitsi/jicofo/jicofo.conf /etc/jitsi/jicofo/sip-communicator.properties);
    my ($words) = join q{ }, $text =~ /^[ \t]*(?:export[ ]+)?JAVA_SYS_PROPS=([^\n]*)$/gsm;
    if ( defined $words && $words =~ /-D/sm ) {
        my %moved = $words =~ /-D([\w.]+)=([^\s"']+)/gsm;
        $hocon = $moved{'config.file'} // $hocon;    # jicofo.sh adds its own where none is named
        my ( $where, $name ) = @moved{ map { "net.java.sip.communicator.SC_HOME_DIR_$_" } qw(LOCATION NAME) };
        $legacy = defined $where && defined $name ? "$where/$name/sip-communicator.properties" : undef;
    }
    say_file( 'hocon', $hocon );
    return say_file( 'properties', $legacy ) if defined $legacy;
    return say_section( 'A', 'file', [ 'properties', '/etc/jitsi/jicofo/sip-communicator.properties' ],
        'JAVA_SYS_PROPS of /etc/jitsi/jicofo/config names no folder for it, so Jicofo does not read it' );
}

# The last line in which Jicofo says whether it asks for accounts.
sub say_jicofo_log {
    for my $path (qw(/var/log/jitsi/jicofo.log /var/log/jitsi/jicofo.log.1)) {
        my ( $file, @stat ) = open_file($path);
        if ( !$file ) {
            my ( $state, $why ) = trouble($path);
            say_section( $state, 'jicofo-log', [$path], $why ) if $state eq 'F';
            next;
        }
        my $line = last_line( $file, $stat[7] );
        return say_section( 'K', 'jicofo-log', [ $path, $stat[9] ], $line ) if defined $line;
    }
    return say_section( 'A', 'jicofo-log', [], 'it says nothing of authentication' );
}

sub last_line {
    my ( $file, $size ) = @_;
    my ( $step, $overlap, $tail ) = ( 524_288, 600, q{} );
    for ( my $at = $size ; $at > 0 && $size - $at < $LIMIT_LOG ; ) {    ## no critic (ProhibitCStyleForLoops)
        my $length = $at < $step ? $at : $step;
        $at -= $length;
        sysseek $file, $at, SEEK_SET;
        my $bytes = q{};
        my $got = sysread $file, $bytes, $length;
        return if !$got;
        $bytes .= $tail;
        $tail = substr $bytes, 0, $overlap;
        my ( $on, $off ) = ( rindex( $bytes, 'Starting authentication service with config=' ), rindex $bytes, 'Authentication service disabled.' );
        my $found = $on > $off ? $on : $off;
        next if $found < 0;
        my $from = rindex( $bytes, "\n", $found ) + 1;
        $from = $found - $overlap if $found - $from > $overlap;
        my $line = substr $bytes, $from < 0 ? 0 : $from, 2 * $overlap;
        $line =~ s/\n.*//sm;
        return $line;
    }
    return;
}

sub say_meet {
    my @domains;
    for my $name ( names( '/etc/jitsi/meet', qr/-config[.]js\z/sm ) ) {
        say_file( 'meet', "/etc/jitsi/meet/$name" );
        push @domains, $name =~ s/-config[.]js\z//rsm;
    }
    return @domains;
}

sub say_web {
    my (@domains) = @_;
    my $ours = join q{|}, qw(/etc/jitsi /usr/share/jitsi http-bind), map { quotemeta } @domains;
    my %certificate;
    for my $folder (qw(/etc/nginx/sites-enabled /etc/nginx/conf.d /etc/apache2/sites-enabled)) {
        for my $name ( grep { -f "$root$folder/$_" } plain_names($folder) ) {
            my $text = say_file( 'site', "$folder/$name", sub { $_[0] =~ /$ours/sm } ) // next;
            $certificate{$_} = 1 for $text =~ /^[ \t]*(?:ssl_certificate|SSLCertificateFile)[ \t]+"?([^\s;"]+)/gsm;
        }
    }
    say_file( 'nginx', '/etc/nginx/nginx.conf' );
    say_file( 'certificate', $_ ) for sort keys %certificate;
    return;
}

# Only where no Jitsi of Debian's packages lies beside: containers take their time to ask for.
sub say_docker {
    return if -d "$root/etc/jitsi/meet" || -d "$root/etc/jitsi/jicofo";
    my @signs = map { "process $_ runs in a container: " . substr $contained{$_} =~ s/\0/ /grsm, 0, 200 } sort keys %contained;
    push @signs, 'this is the inside of a container (/.dockerenv)' if -e "$root/.dockerenv";
    push @signs, map { "folder $_" } grep { -d "$root$_" } qw(/config/prosody /config/jicofo /config/web /config/jvb);
    if ( -x "$root/usr/bin/docker" && $root eq q{} ) {
        my $job = start( q{}, undef, 'docker', 'ps', '--format', '{{.Names}}' );
        push @signs, map { "container $_" } grep { /\A[\w.-]*(?:jitsi|prosody|jicofo|jvb)[\w.-]*\z/sm } split /\n/sm, finish($job) if $job;
    }
    for my $home ( '/root', '/opt', '/srv', map { "/home/$_" } grep { !/\A[.]/sm } plain_names('/home') ) {
        push @signs, "folder $home/.jitsi-meet-cfg" if -d "$root$home/.jitsi-meet-cfg";
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
    for my $name (qw(jicofo jitsi-videobridge2 jitsi-meet-web jitsi-meet-prosody jigasi jibri)) {
        my $at = index $text, "\nPackage: $name\n";
        next if $at < 0;
        my $end    = index $text, "\n\n", $at;
        my $record = substr $text, $at, $end < 0 ? 4096 : $end - $at;
        next if $record !~ /^Status:[ ]\S+[ ]ok[ ]installed$/sm;
        say_section( 'K', 'version', [$name], $1 ) if $record =~ /^Version:[ ]([^\n]+)$/sm;
    }
    return;
}

sub say_extras {
    for my $name (qw(jigasi jibri)) {
        next if !-d "$root/etc/jitsi/$name" || !( -e "$root/usr/share/$name" || -e "$root/opt/jitsi/$name" || -e "$root/etc/init.d/$name" );
        say_section( 'K', 'extra', [$name], q{} );
    }
    say_file( 'jigasi', '/etc/jitsi/jigasi/sip-communicator.properties' );
    return;
}

sub say_listeners {
    my $base = $root eq q{} ? q{} : $root;
    my @lines = map { grep { /\A\s*\d+:[ ]\S+[ ]\S+[ ]0A[ ]/sm } split /\n/sm, kernel_file("$base/proc/net/$_") // q{} } qw(tcp tcp6);
    say_section( 'K', 'listeners', [], join "\n", map { /:[ ](\S+)[ ]/sm ? $1 : () } @lines );
    return;
}

sub say_dpkg {
    my $template = $Config{archname} =~ /\Ai\d86/sm ? 's s q q l' : 's s x4 q q l x4';
    my $holder;
    for my $name (qw(lock-frontend lock)) {
        sysopen my $file, "$root/var/lib/dpkg/$name", O_RDONLY or next;
        my $ask = pack $template, F_WRLCK, SEEK_SET, 0, 0, 0;
        fcntl $file, F_GETLK, $ask or next;
        my ( $type, undef, undef, undef, $pid ) = unpack $template, $ask;
        $holder //= $pid if $type != F_UNLCK;
    }
    say_section( 'K', 'dpkg', [], $holder ) if defined $holder;
    return;
}

sub say_backups {
    return if $option{backups} eq q{};
    my @ids = reverse names( $option{backups}, qr/\A\d[\w.-]*\z/sm );
    for my $id (@ids) {
        say_file( 'backup', "$option{backups}/$id/manifest" );
        my ($phase) = map { /\Aphase[.](\w+)\z/sm ? $1 : () } plain_names("$option{backups}/$id");
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
        my $there = stat "$root$log->[1]";
        next if !$there && $! == ENOENT;
        say_section( 'K', 'log', [ $log->[0] ], $log->[1] );
    }
    return;
}

sub say_host {
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
            systemd  => has_systemd() ? 1 : 0,
            program  => $prosody{program},
        )
    );
    return;
}

say_section( 'K', 'begin', [1], q{} );
find_prosody();
if ( $option{only} eq 'jicofo-log' ) {
    say_host();
    say_jicofo_log();
}
else {
    my $meaning = start_meaning();
    my $disks   = start( q{}, undef, 'df', '-Pk', grep { -d } map { "$root$_" } qw(/ /etc /var/lib /var/log /var/backups) );
    say_host();
    my @domains = say_meet();
    say_prosody_files();
    say_jicofo();
    say_web(@domains);
    say_services();
    say_accounts();
    say_section( 'K', 'plugins', [], join "\n", grep { /\Amod_.*[.]lua\z/sm } plain_names('/usr/share/jitsi-meet/prosody-plugins') );
    say_jicofo_log();
    say_docker();
    say_packages();
    say_extras();
    say_listeners();
    say_dpkg();
    say_backups();
    say_logs();
    say_section( 'K', 'disks', [], finish($disks) ) if $disks;
    say_meaning($meaning);
}
say_section( 'K', 'end', [], q{} );
