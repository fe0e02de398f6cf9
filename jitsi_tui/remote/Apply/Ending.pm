# The three ways out of a run: refused, rolled back, finished; and what a dead run left half done.
package Apply::Ending;
use strict;
use warnings;
use Apply::Backup;
use Apply::Disk;
use Apply::File;
use Apply::Health;
use Apply::Host;
use Apply::Lock;
use Apply::Program;
use Apply::Service;

our $VERSION = '1';

my $HEALTH = 60;

sub new {
    my ( $class, $run ) = @_;
    return bless { run => $run, hints => [] }, $class;
}

sub _line {
    my ($text) = @_;
    $text = q{} if !defined $text;
    chomp $text;
    return $text;
}

# Before the first file was replaced: as if we had never been there.
sub refuse {
    my ( $self, $why ) = @_;
    my $run = $self->{run};
    for my $file ( @{ $run->{files} || [] } ) {
        my $left = eval { $file->clear };
        push @{ $self->{hints} }, "rm -f $file->{new} $file->{old}" if !defined $left || $left;
    }
    my $backup = $run->{backup};
    if ( $run->{lock} && -d $backup->{folder} ) {
        Apply::Program::remove_boot_unit( $run->{host} );
        eval { $backup->remove; 1 } or push @{ $self->{hints} }, "rm -r $backup->{folder}";
    }
    return $self->_say_end( 'refused', _line($why) );
}

# The word came in time.
sub finish {
    my ($self) = @_;
    my $run = $self->{run};
    my ( $backup, $journal, $manifest ) = @{$run}{qw(backup journal manifest)};
    my @edited = grep { $_->whose ne 'ours' } @{ $run->{files} };
    $self->_try( $journal, 'finish', sub { $_->clear for @{ $run->{files} }; return } );
    my $proof = Apply::Host::slurp("$backup->{folder}/proof");
    $manifest->{proof} = $proof if defined $proof;
    my $unproved = defined $proof && $proof =~ /\Akept[ ]without/x;
    my $message = $unproved ? 'changed, and kept without a proof' : 'changed, and the proof is right';
    $message .= '; edited by somebody else meanwhile: ' . join ', ', map { $_->{path} } @edited if @edited;
    $self->_mark_undone( $manifest->{undoes} ) if $manifest->{undoes};
    $self->_close( 'applied', $message );
    return $self->_say_end( 'applied', $message );
}

sub _mark_undone {
    my ( $self, $id ) = @_;
    my $run = $self->{run};
    return if !Apply::Backup::is_id($id);
    my $other = Apply::Backup->open_one( $run->{host}, $id );
    my $data  = $other->read_manifest;
    return if !$data;
    $data->{'undone-by'} = $run->{id};
    my $written = eval { $other->write_manifest($data); 1 };
    return $written;
}

# Everything as it was: the files that are still ours, then the services that were touched.
# Options: quick (a boot comes before the services: none is restarted).
sub roll_back {
    my ( $self, $why, %with ) = @_;
    my $run = $self->{run};
    my ( $backup, $journal ) = @{$run}{qw(backup journal)};
    $run->{journal}->lenient;
    return 'left to the next boot' if !$with{quick} && $run->{host}->is_stopping;
    my $marked = eval { $backup->move( $_, 'reverting' ) for qw(changing waiting); 1 };
    my $reason = _line($why);
    my @broken;
    push @broken, $self->_give_back_files;
    push @broken, $self->_restart_as_before if !$with{quick};
    my $noted  = eval { $backup->move( 'reverting', 'reverted' ); 1 };
    my $ending = @broken ? 'broken' : 'rolled back';
    my $message = join '; ', $reason, @broken, $self->_clear_rests;
    $self->_close( @broken ? 'failed' : 'rolled-back', $message );
    return $self->_say_end( $ending, $message );
}

# What can't be removed now (a read-only file system) is removed by the next run.
sub _clear_rests {
    my ($self) = @_;
    my @said;
    for my $file ( @{ $self->{run}{files} } ) {
        my $left = eval { $file->clear };
        next if defined $left && !$left;
        push @said, "rests of ours lie beside $file->{path}";
        push @{ $self->{hints} }, "rm -f $file->{new} $file->{old}";
    }
    return @said;
}

# Rests beside the files of ended runs.
sub sweep {
    my ($host) = @_;
    for my $id ( Apply::Backup::ids($host) ) {
        my $backup = Apply::Backup->open_one( $host, $id );
        next if defined $backup->phase;
        my $manifest = $backup->read_manifest or next;
        for my $record ( @{ $manifest->{file} } ) {
            my $file = Apply::File->new( host => $host, id => $id, path => $record->[1] );
            my $cleared = eval { $file->clear; 1 };
        }
    }
    return;
}

sub _give_back_files {
    my ($self) = @_;
    my $run = $self->{run};
    my @broken;
    $self->_try( $run->{journal}, 'give back files', sub {
        for my $file ( grep { $_->{swapped} } reverse @{ $run->{files} } ) {
            my $kept = $run->{backup}->original( $file->{index} );
            my $given = eval { $file->give_back($kept) && ( Apply::Disk::sync_path( $file->{folder} ), 1 ) };
            my $why = _line($@);
            next if $given;
            push @broken, $why ne q{} ? $why : "$file->{path} was edited by somebody else meanwhile and is left as it is";
            $self->_keep_versions( $file, $kept );
        }
        die join( '; ', @broken ) . "\n" if @broken;
        return;
    } );
    return @broken;
}

# How to compare a file that can't be given back with what we made of it and with its original.
sub _keep_versions {
    my ( $self, $file, $kept ) = @_;
    my ( $path, $ours ) = ( $file->{real}, $self->{run}{backup}->ours( $file->{index} ) );
    push @{ $self->{hints} }, "diff -u $ours $path" if -e $ours;
    push @{ $self->{hints} }, "diff -u $kept $path", "cp $kept $path";
    $self->{restarts_by_hand} = 1;
    return;
}

# Only what is no longer the process of the baseline was touched.
sub _touched {
    my ($self) = @_;
    my $run = $self->{run};
    my @touched;
    for my $service ( @{ $run->{restart} } ) {
        my $was = $run->{baseline}{ $service->{name} };
        my $now = $service->look;
        next if $now->{pid} && $now->{pid} == $was->{pid} && $now->{start} == $was->{start};
        push @touched, $service;
    }
    return @touched;
}

sub _restart_as_before {
    my ($self) = @_;
    my $run = $self->{run};
    my @touched = $self->_touched;
    for my $try ( 1, 2 ) {
        my @ran = grep { $run->{baseline}{ $_->{name} }{state} eq 'running' } @touched;
        for my $service (@touched) {
            $self->_try( $run->{journal}, "restart $service->{name} as before", sub { $service->restart } );
        }
        return if !@ran;
        return if $self->_try( $run->{journal}, 'health as before', sub { $self->_wait_healthy(@ran) } );
    }
    my $why = _line( $self->{last_error} );
    for my $name ( map { $_->{name} } @touched ) {
        push @{ $self->{hints} }, $run->{host}->has_systemd ? "systemctl restart $name" : "service $name restart";
    }
    return "the services are not as before: $why";
}

sub _wait_healthy {
    my ( $self, @services ) = @_;
    my $run = $self->{run};
    Apply::Health::wait_for(
        services => \@services,
        ports    => { map { $_ => $run->{baseline}{$_}{ports} } keys %{ $run->{baseline} } },
        stable   => $run->{host}{stable},
        seconds  => $HEALTH,
        stopped  => sub { },
    );
    return;
}

# A step of the way back: its failure is told, and the rest goes on.
sub _try {
    my ( $self, $journal, $name, $work ) = @_;
    my $done = eval { $journal->step( $name, $work ); 1 };
    $self->{last_error} = $@ if !$done;
    return $done;
}

# The manifest says how it ended; then nothing of the run is left but the backup. Where it can't be
# written (a full disk that needs room even to overwrite), the run stays unfinished, with all that
# brings it to its end at the next connection or boot.
sub _close {
    my ( $self, $state, $message ) = @_;
    my $run = $self->{run};
    my ( $backup, $manifest ) = @{$run}{qw(backup manifest)};
    my %ending = ( state => $state, message => $message, hint => $self->_hint, step => $run->{journal}{steps} );
    my $written = eval { $backup->write_manifest( { %{$manifest}, %ending } ); 1 };
    if ( !$written ) {
        $written = eval { $backup->write_manifest( { %{$manifest}, state => $state } ); 1 };
    }
    if ( !$written ) {
        push @{ $self->{hints} }, 'make room on the disk and connect again: the backup could not be written to its end';
        return;
    }
    my $cleared = eval {
        Apply::Disk::remove_durably("$backup->{folder}/proof");
        $backup->end_phase;
        Apply::Program::remove_boot_unit( $run->{host} );
        Apply::Program::remove("$backup->{folder}/program");
        1;
    };
    push @{ $self->{hints} }, "connect again: rests of the run lie in $backup->{folder}" if !$cleared;
    return;
}

sub _hint {
    my ($self) = @_;
    return join "\n", @{ $self->{hints} };
}

# The last word comes when nothing of the run is left: those who follow hold the journal open.
sub _say_end {
    my ( $self, $ending, $message ) = @_;
    my $run = $self->{run};
    my $mine = delete $run->{lock};
    Apply::Disk::remove_tree( $run->{folder} );
    Apply::Lock::release( $run->{host}, $mine ) if $mine;
    rmdir $run->{host}->run_folder;
    $run->{journal}->lenient;
    $run->{journal}->say_line( 'end', $ending, $message, $self->_hint );
    return $ending;
}

1;
