# The transaction: each step in its order, and one way out of each.
package Apply::Run;
use strict;
use warnings;
use Apply::Backup;
use Apply::Calls;
use Apply::Disk;
use Apply::Ending;
use Apply::File;
use Apply::GoneFile;
use Apply::Health;
use Apply::Host;
use Apply::Journal;
use Apply::Lock;
use Apply::Meaning;
use Apply::NewFile;
use Apply::Program;
use Apply::Request;
use Apply::Service;

our $VERSION = '1';

my $HEALTH = 45;      # seconds until a restarted service counts as not healthy
my $POLL   = 0.02;
my $MODE   = oct '7777';
my @GUIDE  = qw(prosody jicofo jitsi-videobridge2 nginx apache2);

sub new {
    my ( $class, $host, $id ) = @_;
    my $folder = $host->run_folder . "/$id";
    $host->{scratch} = $folder;
    my $self = bless { host => $host, id => $id, folder => $folder }, $class;
    $self->{journal} = Apply::Journal->new("$folder/journal");
    $self->{backup}  = Apply::Backup->open_one( $host, $id );
    $self->{ending}  = Apply::Ending->new($self);
    return $self;
}

# All of it. Its ending is in the journal and in the backup's manifest.
sub run {
    my ($self) = @_;
    local $SIG{HUP}  = 'IGNORE';
    local $SIG{INT}  = 'IGNORE';
    local $SIG{PIPE} = 'IGNORE';
    local $SIG{TERM} = sub { $self->{terminated} = 1 };
    $self->note_process;
    my $prepared = eval { $self->_prepare; 1 };
    return $self->{ending}->refuse($@) if !$prepared;
    $self->{journal}->lenient;
    my $changed = eval { $self->_change; 1 };
    return $self->{ending}->roll_back($@) if !$changed;
    my $word = eval { $self->_await_word };
    return $self->{ending}->roll_back($@) if !$word;
    return $self->{ending}->finish;
}

# Who runs this: for those who follow, and for those who come later.
sub note_process {
    my ($self) = @_;
    return Apply::Host::note_process( $self->{folder} );
}

sub stopped {
    my ($self) = @_;
    die "cancelled\n" if $self->{terminated} || -e "$self->{folder}/cancel";
    return;
}

sub _step {
    my ( $self, $name, $work ) = @_;
    $self->stopped;
    return $self->{journal}->step( $name, $work );
}

sub _prepare {
    my ($self) = @_;
    $self->{journal}->say_line( 'run', $self->{id} );
    $self->_step( 'lock',     sub { $self->_lock } );
    $self->_step( 'packages', sub { $self->_packages_idle } );
    $self->_step( 'files',    sub { $self->_check_files } );
    $self->_step( 'baseline', sub { $self->_baseline } );
    $self->_step( 'backup',   sub { $self->_back_up } );
    $self->_step( 'stage',    sub { $self->_stage } );
    $self->_step( 'check',    sub { $self->_check_staged } );
    $self->_step( 'idle', sub { Apply::Calls::refuse_if_any( $self->{host} ) } ) if $self->{request}{idle};
    $self->stopped;
    $self->{backup}->move( 'preparing', 'changing' ) or die "the backup folder was changed meanwhile\n";
    return;
}

sub _lock {
    my ($self) = @_;
    my $host = $self->{host};
    my $text = Apply::Host::slurp("$self->{folder}/taken");
    die "nothing was asked for\n" if !defined $text;
    $self->{request} = Apply::Request::parse($text);
    $self->{lock} = Apply::Lock::take($host);
    if ( !$self->{lock} ) {
        my $who = Apply::Host::slurp( $host->run_folder . '/holder' );
        die 'another change is being made' . ( defined $who ? " by $who" : q{} ) . "\n";
    }
    Apply::Disk::replace( $host->run_folder . '/holder', "$self->{request}{who} ($self->{id})" );
    my ($half) = Apply::Backup::unfinished($host);
    die "the change $half was left half done\n" if defined $half;
    Apply::Ending::sweep($host);
    return;
}

sub _packages_idle {
    my ($self) = @_;
    my $holder = Apply::Lock::dpkg_holder( $self->{host} );
    die "packages are being installed (process $holder holds dpkg's lock)\n" if defined $holder;
    return;
}

sub _check_files {
    my ($self) = @_;
    my $index = 0;
    for my $asked ( @{ $self->{request}{files} } ) {
        my $file = Apply::File->make( %{$asked}, host => $self->{host}, id => $self->{id}, index => $index++ );
        $file->check;
        push @{ $self->{files} }, $file;
    }
    die "nothing is to be changed\n" if !$index;
    my $lua = Apply::Host::slurp("$self->{host}{program}/effective.lua");
    $self->{meaning} = Apply::Meaning->new( $self->{host}, $lua );
    return "$index as planned";
}

# What runs now, and what the files mean now: rolling back means this, also if it is broken.
sub _baseline {
    my ($self) = @_;
    my ( @restart, @said );
    for my $name (Apply::Service::names) {
        my $service = Apply::Service->new( $self->{host}, $name );
        my $now = $service->look;
        next if $now->{state} eq 'absent';
        push @said, "$name $now->{state}" . ( $now->{masked} ? ' (masked)' : q{} );
        my $wanted = grep { $_ eq $name } $self->{request}{all} ? @GUIDE : @{ $self->{request}{restarts} };
        my @ports = $wanted ? $service->answering : ();
        $self->{baseline}{$name} = { %{$now}, ports => \@ports };
        push @restart, $service if $wanted && !$now->{masked} && $now->{state} ne 'stopped';
    }
    $self->_check_web($_) for grep { $_->{name} =~ /nginx|apache2/x } @restart;
    $self->{restart} = \@restart;
    $self->{before} = $self->{meaning}->now;
    return join ', ', @said;
}

# A web server whose files are broken goes on until somebody restarts it: not us.
sub _check_web {
    my ( $self, $service ) = @_;
    my @test = $service->{name} eq 'nginx' ? qw(nginx -t -q) : qw(apache2ctl configtest);
    my ( $exit, $said ) = $self->{host}->command( \@test );
    return if $exit == 0 || $exit == 127;
    die "$service->{name} would not come up again, its own files are broken: " . Apply::Text::tail( $said, 2 ) . "\n";
}

sub _back_up {
    my ($self) = @_;
    my ( $host, $backup, $request ) = @{$self}{qw(host backup request)};
    $backup->make;
    $backup->start_phase;
    my @files;
    for my $file ( @{ $self->{files} } ) {
        my ( $path, $bytes, $stat ) = @{$file}{qw(path bytes stat)};
        Apply::Disk::create( $backup->original( $file->{index} ), $bytes );
        my @modes = map { defined ? sprintf '%04o', $_ & $MODE : q{} } $stat->[2], $file->{mode};
        push @files, [ $file->{index}, $path, $file->{before}, $file->{after}, @{$stat}[ 4, 5 ], @modes ];
    }
    my %data = map { $_ => $request->{$_} } qw(who what domain policy-before policy-after undoes);
    my @now = gmtime;
    $data{id}    = $self->{id};
    $data{time}  = sprintf '%04d-%02d-%02dT%02d:%02d:%02dZ', $now[5] + 1900, $now[4] + 1, @now[ 3, 2, 1, 0 ];
    $data{state} = 'open';
    $data{file}  = \@files;
    $data{restart}  = [ map { [ $_->{name} ] } @{ $self->{restart} } ];
    $data{baseline} = [ map { $self->_baseline_record($_) } sort keys %{ $self->{baseline} } ];
    $self->{manifest} = \%data;
    $backup->write_manifest( \%data );
    Apply::Program::copy( $host->{program}, "$backup->{folder}/program" );
    Apply::Program::add_boot_unit( $host, "$backup->{folder}/program" );
    return;
}

sub _baseline_record {
    my ( $self, $name ) = @_;
    my $was = $self->{baseline}{$name};
    return [ $name, @{$was}{qw(kind state pid start)}, Apply::Host::boot_id(), join ',', @{ $was->{ports} } ];
}

sub _stage {
    my ($self) = @_;
    for my $file ( @{ $self->{files} } ) {
        $file->stage( Apply::Request::wanted( $self->{host}, $file, $file->{bytes} ) );
        Apply::Disk::create( $self->{backup}->ours( $file->{index} ), $file->{wanted} ) if defined $file->{wanted};
        $file->keep_old;
        Apply::Disk::sync_path( $file->{folder} );
    }
    return;
}

# The staged files as their readers see them; and the last look before the first rename.
sub _check_staged {
    my ($self) = @_;
    my $said = $self->{meaning}->check_staged( @{ $self->{files} } );
    $self->_packages_idle;
    $_->check_again for @{ $self->{files} };
    return $said;
}

sub _change {
    my ($self) = @_;
    $self->_step( 'replace', sub { $self->_replace } );
    $self->_step( 'meaning', sub { $self->_compare } );

    # The last moment at which turning back costs nobody a meeting: no service was touched yet.
    $self->_step( 'idle', sub { Apply::Calls::refuse_if_any( $self->{host} ) } )
      if $self->{request}{idle} && @{ $self->{restart} };
    for my $service ( @{ $self->{restart} } ) {
        $self->_step( "restart $service->{name}", sub { $service->restart } );
    }
    $self->_step( 'health', sub { $self->_wait_healthy } ) if @{ $self->{restart} };
    return;
}

sub _replace {
    my ($self) = @_;
    $self->_packages_idle;
    for my $file ( @{ $self->{files} } ) {
        $file->swap_in;
        Apply::Disk::sync_path( $file->{folder} );
    }
    return;
}

sub _compare {
    my ($self) = @_;
    my $meaning = $self->{meaning};
    my $after = $meaning->now;
    return $meaning->compare( $self->{before}, $after, $self->{request} );
}

sub _wait_healthy {
    my ($self) = @_;
    Apply::Health::wait_for(
        services => $self->{restart},
        ports    => { map { $_ => $self->{baseline}{$_}{ports} } keys %{ $self->{baseline} } },
        stable   => $self->{host}{stable},
        seconds  => $HEALTH,
        stopped  => sub { $self->stopped },
    );
    return;
}

# Changed and healthy: until the word comes that the proof is right, or the deadline. Whoever renames
# the phase first has decided.
sub _await_word {
    my ($self) = @_;
    my $backup = $self->{backup};
    $self->stopped;
    $backup->move( 'changing', 'waiting' ) or die "the backup folder was changed meanwhile\n";
    $self->{journal}->step( 'proof', sub { $self->_wait_for_word } );
    return 1;
}

sub _wait_for_word {
    my ($self) = @_;
    my $backup = $self->{backup};
    my $end    = Apply::Host::now() + $self->{request}{confirm};
    my $said   = -1;
    while ( -e "$backup->{folder}/phase.waiting" ) {
        my $left = $end - Apply::Host::now();
        my $word = eval { $self->stopped; 1 };
        if ( ( $left <= 0 || !$word ) && $backup->move( 'waiting', 'reverting' ) ) {
            die $word ? sprintf "no proof came within %d s\n", $self->{request}{confirm} : "cancelled\n";
        }
        if ( int $left != $said ) {
            $said = int $left;
            $self->{journal}->say_line( 'left', sprintf '%.1f', $left );
        }
        Apply::Host::nap($POLL);
    }
    return if -e "$backup->{folder}/phase.confirmed";
    my $reason = Apply::Host::slurp("$self->{folder}/reason");
    die defined $reason && $reason ne q{} ? "$reason\n" : "the word was to go back\n";
}

1;
