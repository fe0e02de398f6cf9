# Programs that we start, with a deadline of our own.
package Facts::Child;
use strict;
use warnings;
use Errno qw(EACCES EINTR);
use Exporter qw(import);
use Facts::File qw(kernel_file root);
use Fcntl qw(:DEFAULT);
use POSIX ();

our $VERSION = '1';
our @EXPORT_OK = qw(can_read finish start);

my $DEADLINE = 5;     # seconds
my $LIMIT    = 8_388_608;

# Starts a program, as another user if one is named; nothing where that can't be.
sub start {
    my ( $input, $as, @command ) = @_;
    my ( $uid, $gid ) = defined $as ? ( getpwnam $as )[ 2, 3 ] : ();
    return if defined $as && !defined $uid;
    pipe my $read, my $write or return;
    my $pid = open( my $output, q{-|} ) // return;    ## no critic (RequireBriefOpen)
    if ( !$pid ) {
        setpgrp;
        alarm 0;
        open STDIN,  '<&', $read   or POSIX::_exit(127);
        open STDERR, '>&', \*STDOUT or POSIX::_exit(127);
        close $write;
        if ( defined $uid ) {
            $) = join q{ }, $gid, groups_of( $as, $gid );    ## no critic (RequireLocalizedPunctuationVars)
            POSIX::_exit(126) if !( POSIX::setgid($gid) && POSIX::setuid($uid) );
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

# Whether a service's own user can open a file; true where that can't be tried.
sub can_read {
    my ( $name, $path ) = @_;
    my ( $uid, $gid ) = ( getpwnam $name )[ 2, 3 ];
    return 1 if $> != 0 || root() ne q{} || !defined $uid;
    local $) = join q{ }, $gid, groups_of( $name, $gid );
    local $> = $uid;
    return 1 if sysopen my $file, $path, O_RDONLY | O_NONBLOCK;
    return $! != EACCES;
}

# What it said until it ended, or until its time was over. What it has said by then counts: the time may
# have gone to others that were asked before it.
sub finish {
    my ($job) = @_;
    my $said = q{};
    my $end  = time + 1;
    while ( length $said < $LIMIT ) {
        my $ready = q{};
        vec( $ready, fileno $job->{output}, 1 ) = 1;
        my $left = $job->{until} - time;
        last if $left < 0 && time > $end;
        last if !select $ready, undef, undef, 0.1 + ( $left > 0 ? $left : 0 );
        my $got = sysread $job->{output}, $said, 65_536, length $said;
        if ( !defined $got ) { next if $! == EINTR; last }
        if ( !$got ) { waitpid $job->{pid}, 0; return $said }
    }
    kill 'KILL', -$job->{pid};
    waitpid $job->{pid}, 0;
    return $said . "\nit took too long";
}

1;
