# Starts a run apart from the session that asked for it: the connection, the session and its whole
# process tree may go, the run stays.
package Apply::Launch;
use strict;
use warnings;
use Apply::Backup;
use Apply::Disk;
use Apply::Host;
use Apply::Program;
use Fcntl qw(:DEFAULT);
use POSIX ();

our $VERSION = '1';

# Kept free in /run for the pid files of services, should it become full: bytes for each restart, and
# how many restarts there may be, forth and back.
my $ROOM     = 16_384;
my $RESTARTS = 10;
my $OLD      = 120;    # seconds after which a run's folder without a process is a left one

# Installs the program and the request in the run's folder, and starts it. Gives back its id, and its
# journal opened for reading: a short run may have removed it before anybody looks.
sub start {
    my ( $host, $frame ) = @_;
    my $id      = Apply::Backup->reserve($host);
    my $folder  = $host->run_folder . "/$id";
    my $program = "$folder/program";
    my $journal;
    my $began = eval {
        Apply::Host::note_process($folder);
        Apply::Disk::create( "$folder/request", $frame->{request} );
        Apply::Program::install( $program, $frame );
        Apply::Disk::create( "$folder/journal", q{} );
        Apply::Disk::create( "$folder/room.$_", "\0" x $ROOM ) for 1 .. $RESTARTS;
        sysopen $journal, "$folder/journal", O_RDONLY or die "no journal: $!\n";
        $host->{scratch} = $folder;
        my @run     = Apply::Program::argv( $host, $program, '--mode=run',     "--id=$id" );
        my @recover = Apply::Program::argv( $host, $program, '--mode=recover', "--id=$id" );
        _under_systemd( $host, $id, \@run, \@recover ) || _under_setsid( $host, \@run, \@recover );
        1;
    };
    return ( $id, $journal ) if $began;
    my $why = $@;
    Apply::Disk::remove_tree($folder);
    rmdir $host->run_folder;
    die $why;
}

# Folders of dead runs. One without a word about its process may be about to begin.
sub sweep {
    my ($host) = @_;
    opendir my $handle, $host->run_folder or return;
    my @ids = grep { Apply::Backup::is_id($_) } readdir $handle;
    closedir $handle or return;
    for my $folder ( map { $host->run_folder . "/$_" } @ids ) {
        next if Apply::Host::is_cared_for($folder);
        next if !-e "$folder/process" && time - ( stat $folder )[9] < $OLD;
        Apply::Disk::remove_tree($folder);
    }
    return;
}

sub _under_systemd {
    my ( $host, $id, $run, $recover ) = @_;
    my $program = $host->run_folder . "/$id/program";
    return 0 if !$host->has_systemd || $> != 0;

    # After a run that ended well its program is gone, and there is nothing to recover.
    my $words = join q{ }, map { s/([%\$"\\])/$1$1/gxr } @{$recover};
    my $after = qq{/bin/sh -c "test ! -e $program/apply.pl || exec $words"};
    my @property = (
        'Type=exec', "ExecStopPost=$after", 'TimeoutStopSec=600', 'OOMScoreAdjust=-500', 'SendSIGHUP=no',
    );
    my ($exit) = $host->command(
        [
            qw(systemd-run --quiet --collect --no-ask-password),
            "--unit=jitsi-tui-$id",
            "--description=jitsi-tui changes this server ($id)",
            map( {"--property=$_"} @property ),
            @{$run},
        ],
        seconds => 30,
    );
    return $exit == 0;
}

# A session of its own, with a parent that brings a killed run to its end.
sub _under_setsid {
    my ( $host, $run, $recover ) = @_;
    my $pid = fork;
    die "no process: $!\n" if !defined $pid;
    if ( $pid == 0 ) {
        POSIX::setsid();
        my $parent = fork;
        POSIX::_exit( defined $parent ? 0 : 1 ) if !defined $parent || $parent;
        _detach();
        _watch( $host, $run, $recover );
        POSIX::_exit(0);
    }
    waitpid $pid, 0;
    return 1;
}

sub _detach {
    chdir q{/} or return;
    for my $fd ( 0 .. 255 ) {
        POSIX::close($fd);
    }
    POSIX::open( '/dev/null', POSIX::O_RDWR() );
    POSIX::dup2( 0, 1 );
    POSIX::dup2( 0, 2 );
    return;
}

sub _watch {
    my ( $host, $run, $recover ) = @_;
    local $SIG{HUP} = 'IGNORE';
    for my $argv ( $run, $recover ) {
        my $pid = fork;
        return if !defined $pid;
        if ( $pid == 0 ) {
            local %ENV = %{ $host->{env} };
            exec { $argv->[0] } @{$argv};
        }
        waitpid $pid, 0;
    }
    return;
}

1;
