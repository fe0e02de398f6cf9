# What a dead run left half done: brought to its end by whoever comes next.
package Apply::Recover;
use strict;
use warnings;
use Apply::Backup;
use Apply::Disk;
use Apply::Ending;
use Apply::File;
use Apply::GoneFile;
use Apply::Host;
use Apply::Journal;
use Apply::Launch;
use Apply::Lock;
use Apply::NewFile;
use Apply::Program;
use Apply::Run;
use Apply::Service;

our $VERSION = '1';

# Brings one to its end. Nothing happens while its own process, or another run, holds the lock: then
# false. Options: quick (a boot comes before the services).
sub recover {
    my ( $host, $id, %with ) = @_;
    return 0 if Apply::Lock::is_claimed( $host->run_folder . "/$id" );
    my $lock = Apply::Lock::take($host) or return 0;
    my $backup = Apply::Backup->open_one( $host, $id );
    my $phase  = $backup->phase;
    if ( !defined $phase ) {
        _sweep( $host, $id, $lock );
        return 1;
    }
    my $manifest = $backup->read_manifest;
    if ( !$manifest && $phase ne 'preparing' ) {
        Apply::Lock::release( $host, $lock );
        die "what the change $id replaced can't be told: $backup->{folder}/manifest can't be read. "
          . "Put the files in that folder back by hand, then remove it\n";
    }
    my $folder = $host->run_folder . "/$id";
    mkdir $folder, oct '700';
    my $run = Apply::Run->new( $host, $id );
    $run->{lock} = $lock;
    $run->note_process;
    $run->{journal}->lenient;
    $run->{journal}->say_line( 'run', $id );
    _remember( $run, $manifest );
    local @SIG{qw(HUP INT PIPE TERM)} = ('IGNORE') x 4;
    if ( $phase eq 'preparing' ) {
        $run->{ending}->refuse('the run was interrupted before anything was changed');
    }
    elsif ( $phase eq 'confirmed' ) {
        $run->{ending}->finish;
    }
    else {
        my $when = $with{quick} ? 'the machine stopped in the middle' : 'the run was interrupted';
        my $why = Apply::Host::slurp("$folder/reason") || $when;
        $run->{ending}->roll_back( $why, quick => $with{quick} || $phase eq 'reverted' );
    }
    return 1;
}

# A run that died before it had a backup, or after all but its last words.
sub _sweep {
    my ( $host, $id, $lock ) = @_;
    Apply::Disk::remove_tree( $host->run_folder . "/$id" );
    tidy_under_lock($host);
    Apply::Lock::release( $host, $lock );
    return;
}

# The run as its manifest knows it.
sub _remember {
    my ( $run, $manifest ) = @_;
    $manifest = { id => $run->{id} } if !$manifest;
    $run->{manifest} = $manifest;
    for my $record ( @{ $manifest->{file} || [] } ) {
        my ( $index, $path, $before, $after, undef, undef, @modes ) = @{$record};
        my %is = ( host => $run->{host}, id => $run->{id}, index => $index, path => $path, before => $before, after => $after );
        @is{qw(mode_before mode)} = map { defined && /\A[0-7]{4}\z/x ? oct : undef } @modes[ 0, 1 ];
        my $file = Apply::File->make(%is);
        $file->{swapped} = $file->was_swapped;
        push @{ $run->{files} }, $file;
    }
    for my $record ( @{ $manifest->{baseline} || [] } ) {
        my ( $name, $kind, $state, $pid, $start, $boot, $ports ) = @{$record};
        my $known = $boot eq Apply::Host::boot_id();
        $run->{baseline}{$name} = {
            kind  => $kind,
            state => $state,
            pid   => ( $known ? $pid : 0 ),
            start => ( $known ? $start : 0 ),
            ports => [ grep {/\A\d+\z/x} split /,/x, $ports || q{} ],
        };
    }
    $run->{restart} = [ map { Apply::Service->new( $run->{host}, $_->[0] ) } @{ $manifest->{restart} || [] } ];
    $run->{request} = { confirm => 0 };
    return;
}

# At a boot, before the services: files only, then nothing of us is left.
sub boot {
    my ($host) = @_;
    my $had = Apply::Program::has_boot_unit($host);
    for my $id ( Apply::Backup::unfinished($host) ) {
        eval { recover( $host, $id, quick => 1 ); 1 } or warn $@;
    }
    tidy($host);
    return if !$had || Apply::Program::has_boot_unit($host) || !$host->has_systemd;
    $host->command( [qw(systemctl daemon-reload)], seconds => 20 );    # it forgets the unit
    return;
}

# What ended or dead runs could not clear away, while no run holds the lock.
sub tidy {
    my ($host) = @_;
    return if !-d $host->run_folder && !-d $host->backup_folder;
    my $lock = Apply::Lock::take($host) or return;
    tidy_under_lock($host);
    Apply::Lock::release( $host, $lock );
    return;
}

sub tidy_under_lock {
    my ($host) = @_;
    Apply::Launch::sweep($host);
    Apply::Ending::sweep($host);
    return if Apply::Backup::unfinished($host);
    for my $backup ( map { Apply::Backup->open_one( $host, $_ ) } Apply::Backup::ids($host) ) {
        if ( -e "$backup->{folder}/manifest" ) {
            Apply::Program::remove("$backup->{folder}/program");
        }
        else {
            $backup->remove;
        }
    }
    Apply::Program::remove_boot_unit($host);
    return;
}

1;
