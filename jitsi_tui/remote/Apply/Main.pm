# What the program can be asked for.
package Apply::Main;
use strict;
use warnings;
use Apply::Backup;
use Apply::Calls;
use Apply::Disk;
use Apply::Follow;
use Apply::Health;
use Apply::Host;
use Apply::Launch;
use Apply::Lock;
use Apply::Program;
use Apply::Recover;
use Apply::Run;
use Apply::Service;
use Apply::Text;

our $VERSION = '1';

my %MODE = (
    start   => \&_start,
    attach  => \&_attach,
    word    => \&_word,
    run     => \&_run,
    recover => \&_recover,
    resume  => \&_resume,
    boot    => \&_boot,
    read    => \&_read,
    prune   => \&_prune,
    calls   => \&_calls,
    restart => \&_restart,
);
my $HEALTH = 45;
my $ROUNDS = 1000;    # how often meetings are counted before whoever asked must ask again

# Errors are an answer too: "NONCE error WHY".
sub main {
    my ( $option, $frame, $input ) = @_;
    my $host = Apply::Host->new($option);
    local %ENV = %{ $host->{env} };
    my $mode = $MODE{ $option->{mode} || q{} } or die "not a mode\n";
    my $exit = eval { $mode->( $host, $option, $frame, $input ) };
    return $exit if defined $exit;
    my $why = $@;
    chomp $why;
    _say( $option, 'error', $why );
    return 1;
}

sub _say {
    my ( $option, @fields ) = @_;
    print { \*STDOUT } ( $option->{nonce} || 'jitsi-tui' ), q{ }, Apply::Text::line(@fields) or return;
    return;
}

sub _start {
    my ( $host, $option, $frame, $input ) = @_;
    my ( $id, $journal ) = Apply::Launch::start( $host, $frame );
    my $follow = Apply::Follow->new( $host, $id, $option->{nonce}, $input );
    $follow->{journal} = $journal;
    return $follow->follow;
}

sub _attach {
    my ( $host, $option, $frame, $input ) = @_;
    return Apply::Follow->new( $host, $option->{id}, $option->{nonce}, $input )->follow;
}

# One word for a run that somebody else follows.
sub _word {
    my ( $host, $option, $frame ) = @_;
    my ( $word, $text ) = Apply::Text::fields( $frame->{word} );
    _say( $option, 'said', Apply::Follow::word( $host, $option->{id}, $word, $text ) ? 1 : 0 );
    return 0;
}

sub _run {
    my ( $host, $option ) = @_;
    my $claim = Apply::Lock::claim( $host->run_folder . "/$option->{id}" ) // return 0;
    Apply::Run->new( $host, $option->{id} )->run;
    close $claim or return 1;
    return 0;
}

sub _recover {
    my ( $host, $option ) = @_;
    my $id = $option->{id};
    return 0 if !-d $host->run_folder . "/$id" && !defined Apply::Backup->open_one( $host, $id )->phase;
    return 0 if $host->is_stopping;
    Apply::Recover::recover( $host, $id );
    return 0;
}

# At a new connection: what is running is named, what a dead run left half done is brought to its end.
sub _resume {
    my ( $host, $option ) = @_;
    Apply::Recover::tidy($host);
    for my $id ( Apply::Backup::unfinished($host) ) {
        my $follow = Apply::Follow->new( $host, $id, $option->{nonce}, undef );
        if ( $follow->is_running || !Apply::Recover::recover( $host, $id ) ) {
            _say( $option, 'running', $id );
            return 0;
        }
        _say( $option, 'run', $id );
        $follow->tell_ending;
        return 0;
    }
    _say( $option, 'none' );
    return 0;
}

sub _boot {
    my ($host) = @_;
    Apply::Recover::boot($host);
    return 0;
}

# How many meetings run, "calls NAME STATE CONFERENCES PARTICIPANTS WHY" for Jicofo and the videobridge
# and then "counted": once, or every so many seconds until the input ends.
sub _calls {
    my ( $host, $option, $frame, $input ) = @_;
    my $every = $option->{every} || 0;
    die "not a number of seconds: $every\n" if $every !~ /\A\d{1,4}(?:[.]\d+)?\z/x;
    local $| = 1;
    for ( 1 .. $ROUNDS ) {
        for my $found ( Apply::Calls::count($host) ) {
            _say( $option, 'calls', @{$found}{qw(name state conferences participants why)} );
        }
        _say( $option, 'counted' );
        last if !$every || _input_ends( $input, $every );
    }
    return 0;
}

# Waits so many seconds, or until whoever asked is gone.
sub _input_ends {
    my ( $input, $seconds ) = @_;
    my $ready = q{};
    vec( $ready, fileno $input, 1 ) = 1;
    my $count = select $ready, undef, undef, $seconds;
    return $count > 0 && !sysread $input, my $nothing, 4096;
}

# The files of a backup, as frames "file PATH LENGTH" and the original bytes, and "ours PATH LENGTH"
# and what the change made of them.
sub _read {
    my ( $host, $option ) = @_;
    my $backup = Apply::Backup->open_one( $host, $option->{id} );
    my $manifest = $backup->read_manifest or die "there is no backup $option->{id}\n";
    binmode STDOUT;
    for my $file ( @{ $manifest->{file} } ) {
        my ( $index, $path ) = @{$file};
        die "not a number: $index\n" if $index !~ /\A\d+\z/x;
        my $bytes = Apply::Host::slurp( $backup->original($index) );
        die "the original of $path is missing in the backup\n" if !defined $bytes;
        _say( $option, 'file', $path, length $bytes );
        print { \*STDOUT } $bytes, "\n" or die "the connection is gone\n";
        my $ours = Apply::Host::slurp( $backup->ours($index) );
        next if !defined $ours;
        _say( $option, 'ours', $path, length $ours );
        print { \*STDOUT } $ours, "\n" or die "the connection is gone\n";
    }
    _say( $option, 'end' );
    return 0;
}

# Deletes the backups that were named: "pruned ID BYTES" for each that is gone, "kept ID WHY" for each
# that is not. One whose run has not ended is never deleted.
sub _prune {
    my ( $host, $option ) = @_;
    my @backups = map { Apply::Backup->open_one( $host, $_ ) } split /,/x, $option->{ids};
    my $lock = Apply::Lock::take($host);
    if ( !$lock ) {
        my $who = Apply::Host::slurp( $host->run_folder . '/holder' );
        die 'a change is being made' . ( defined $who ? " by $who" : q{} ) . "\n";
    }
    for my $backup (@backups) {
        my $size = Apply::Disk::size_of( $backup->{folder} );
        if ( defined $backup->phase ) {
            _say( $option, 'kept', $backup->{id}, 'its change has not ended' );
        }
        elsif ( -d $backup->{folder} && !$backup->remove ) {
            _say( $option, 'kept', $backup->{id}, 'it can\'t be deleted' );
        }
        else {
            _say( $option, 'pruned', $backup->{id}, $size );
        }
    }
    Apply::Lock::release( $host, $lock );
    _say( $option, 'end' );
    return 0;
}

# A checked restart of one service, without a change.
sub _restart {
    my ( $host, $option ) = @_;
    my $service = Apply::Service->new( $host, $option->{service} );
    my $was = $service->look;
    die "$service->{name} is not installed here\n" if $was->{state} eq 'absent';
    die "$service->{name} is masked\n" if $was->{masked};
    my @ports = $service->answering;
    $service->restart;
    Apply::Health::wait_for(
        services => [$service],
        ports    => { $service->{name} => \@ports },
        stable   => $host->{stable},
        seconds  => $HEALTH,
        stopped  => sub { },
    );
    my $now = $service->look;
    _say( $option, 'service', @{$now}{qw(kind state pid)}, Apply::Host::since( $now->{start} ), $now->{masked} );
    return 0;
}

1;
