# Between a run and the one who asked for it: the journal goes out as it grows, words come in.
#
# Out: "NONCE RECORD" lines. In, no sooner than the first of these came: "confirm PROOF", "revert REASON",
# fields separated by tabs. Whatever ends this process, the run goes on.
package Apply::Follow;
use strict;
use warnings;
use Apply::Backup;
use Apply::Disk;
use Apply::Host;
use Apply::Lock;
use Apply::Recover;
use Apply::Text;
use Errno qw(EINTR);
use Fcntl qw(:DEFAULT);

our $VERSION = '1';

my $POLL  = 0.02;
my $GRACE = 3;          # seconds that a dead run has to be taken over by its own recovery
my $PROOF = 4096;

my $UNWRITTEN = 'how the change ended could not be written down: is a disk full?';
my $LATER     = 'make room and connect again: it is brought to its end then';

sub new {
    my ( $class, $host, $id, $nonce, $input ) = @_;
    return bless {
        host => $host, id => $id, nonce => $nonce, input => $input, buffer => q{}, tail => q{}, ended => 0,
        folder => $host->run_folder . "/$id",
        backup => Apply::Backup->open_one( $host, $id ),
    }, $class;
}

sub follow {
    my ($self) = @_;
    local $SIG{PIPE} = 'DEFAULT';
    my $alive = Apply::Host::now();
    while ( !$self->{ended} ) {
        my $moved = $self->_pass_on;
        last if $self->{ended};
        last if $self->_is_long_over;
        my $now = Apply::Host::now();
        $alive = $now if $moved || $self->is_running;
        if ( $now - $alive > $GRACE ) {
            last if $self->{recovered} || !-d $self->{folder} && !defined $self->{backup}->phase;
            $self->{recovered} = $self->_recover_here;
            $alive = $now;
        }
        $self->_listen;
    }
    $self->tell_ending if !$self->{ended};
    return 0;
}

# Ended before we came: there is nothing to wait for.
sub _is_long_over {
    my ($self) = @_;
    return !$self->{journal} && !-d $self->{folder} && !defined $self->{backup}->phase;
}

sub _open_journal {
    my ($self) = @_;
    sysopen my $journal, "$self->{folder}/journal", O_RDONLY or return 0;
    $self->{journal} = $journal;
    return 1;
}

# What the journal has more than we passed on.
sub _pass_on {
    my ($self) = @_;
    if ( !$self->{journal} ) {
        $self->_open_journal || return 0;
    }
    my $got = sysread $self->{journal}, $self->{tail}, 65_536, length $self->{tail};
    return 0 if !$got;
    for my $line ( _lines( \$self->{tail} ) ) {
        $self->_frame($line);
        $self->{ended} = 1 if $line =~ /\Aend\t/x;
    }
    return 1;
}

# The complete lines of a buffer, which keeps the rest.
sub _lines {
    my ($buffer) = @_;
    my @lines = split /\n/x, ${$buffer}, -1;
    ${$buffer} = @lines ? pop @lines : q{};
    return @lines;
}

sub _frame {
    my ( $self, $line ) = @_;
    syswrite STDOUT, "$self->{nonce} $line\n";
    return;
}

sub is_running {
    my ($self) = @_;
    return Apply::Host::is_cared_for( $self->{folder} );
}

# The run is dead and nobody took it over.
sub _recover_here {
    my ($self) = @_;
    return eval { Apply::Recover::recover( $self->{host}, $self->{id} ) };
}

# Waits a moment for words.
sub _listen {
    my ($self) = @_;
    if ( !$self->{input} ) {
        Apply::Host::nap($POLL);
        return;
    }
    my $ready = q{};
    vec( $ready, fileno $self->{input}, 1 ) = 1;
    my $count = select $ready, undef, undef, $POLL;
    return if $count <= 0;
    my $got = sysread $self->{input}, $self->{buffer}, 4096, length $self->{buffer};
    return if !defined $got && $! == EINTR;
    if ( !$got ) {
        delete $self->{input};
        return;
    }
    for my $line ( _lines( \$self->{buffer} ) ) {
        my ( $word, $text ) = Apply::Text::fields($line);
        word( $self->{host}, $self->{id}, $word, $text );
    }
    return;
}

# A word for a run: "confirm" with the proof, or "revert" with the reason.
sub word {
    my ( $host, $id, $word, $text ) = @_;
    my $backup = Apply::Backup->open_one( $host, $id );
    my $folder = $host->run_folder . "/$id";
    $text = substr defined $text ? $text : q{}, 0, $PROOF;
    if ( $word eq 'confirm' ) {
        eval { Apply::Disk::create( "$backup->{folder}/proof", $text ); 1 } or unlink "$backup->{folder}/proof";
        return $backup->move( 'waiting', 'confirmed' );
    }
    if ( $word eq 'revert' ) {
        eval { Apply::Disk::create( "$folder/reason", $text ); 1 } or unlink "$folder/reason";
        return 1 if $backup->move( 'waiting', 'reverting' );
        return eval { Apply::Disk::create( "$folder/cancel", q{} ); 1 };
    }
    return 0;
}

# The journal did not say it (it could not be written, or was gone when we came): the manifest does.
sub tell_ending {
    my ($self) = @_;
    my $manifest = $self->{backup}->read_manifest;
    my %ending = ( applied => 'applied', 'rolled-back' => 'rolled back', failed => 'broken' );
    if ( defined $self->{backup}->phase ) {
        $self->_frame( substr Apply::Text::line( 'end', 'broken', $UNWRITTEN, $LATER ), 0, -1 );
        return;
    }
    my ( $state, $message, $hint ) = $manifest ? @{$manifest}{qw(state message hint)} : ();
    if ( defined $state && $ending{$state} ) {
        $self->_step_frames($manifest);
        $self->_frame( substr Apply::Text::line( 'end', $ending{$state}, $message, $hint ), 0, -1 );
        return;
    }
    $self->_frame( substr Apply::Text::line( 'end', 'refused', 'the run ended before it changed anything', q{} ), 0, -1 );
    return;
}

sub _step_frames {
    my ( $self, $manifest ) = @_;
    for my $step ( @{ $manifest->{step} } ) {
        my ( $name, $seconds, $ok ) = @{$step};
        $self->_frame( substr Apply::Text::line( $ok ? 'done' : 'fail', $name, $seconds, q{} ), 0, -1 );
    }
    return;
}

1;
