# One backup folder: the manifest, the original files by number, and the phase of an unfinished run.
#
# The phase is the name of a file, so that one rename decides, on a full disk too:
#   phase.preparing  nothing is replaced yet
#   phase.changing   files may be replaced, services may be restarted
#   phase.waiting    changed and healthy; waits for the word that the proof is right
#   phase.confirmed  the word came in time
#   phase.reverting  on the way back
#   phase.reverted   back, and to be written down
# Without such a file the run is finished, and the manifest says how.
package Apply::Backup;
use strict;
use warnings;
use Apply::Disk;
use Apply::Host;
use Apply::Text;
use Errno ();
use POSIX ();

our $VERSION = '1';

my $HEAD     = 'jitsi-tui-backup';
my @PHASES   = qw(preparing changing waiting confirmed reverting reverted);
my @SCALARS  = qw(id time who what domain policy-before policy-after undoes undone-by state message hint proof);
my $ID       = qr{\A\d{8}T\d{6}Z-\d{1,6}\z}x;
my $SPARE    = 8192;      # room that the manifest keeps for its ending on a full disk

sub is_id {
    my ($id) = @_;
    return $id =~ $ID;
}

sub open_one {
    my ( $class, $host, $id ) = @_;
    die "not a backup: $id\n" if !is_id($id);
    my $self = bless { host => $host, id => $id, folder => $host->backup_folder . "/$id" }, $class;
    return $self;
}

# An id that no backup and no run has yet, by the server's clock (UTC); its run folder is made.
sub reserve {
    my ( $class, $host ) = @_;
    my $time = POSIX::strftime( '%Y%m%dT%H%M%SZ', gmtime );
    for my $n ( 1 .. 9999 ) {
        my $id = "$time-$n";
        next if -e $host->backup_folder . "/$id";
        Apply::Disk::private_folder( $host->run_folder );
        return $id if mkdir $host->run_folder . "/$id", oct '700';
        die 'no folder ' . $host->run_folder . "/$id: $!\n" if !$!{EEXIST} && !$!{ENOENT};
    }
    die "no free id for a backup\n";
}

# All ids, oldest first.
sub ids {
    my ($host) = @_;
    opendir my $folder, $host->backup_folder or return;
    my @ids = grep {/$ID/x} readdir $folder;
    closedir $folder or return;
    my %key = map { $_ => sprintf '%s%08d', split /-/x } @ids;
    my @sorted = sort { $key{$a} cmp $key{$b} } @ids;
    return @sorted;
}

# Ids of the runs that did not come to their end, oldest first.
sub unfinished {
    my ($host) = @_;
    return grep { defined __PACKAGE__->open_one( $host, $_ )->phase } ids($host);
}

sub make {
    my ($self) = @_;
    Apply::Disk::private_folder( $self->{host}->backup_folder );
    mkdir $self->{folder}, oct '700' or die "$self->{folder} can't be made: $!\n";
    Apply::Disk::sync_path( $self->{host}->backup_folder );
    return;
}

sub original {
    my ( $self, $index ) = @_;
    return "$self->{folder}/$index";
}

# What the change made of it, for those who find it edited later.
sub ours {
    my ( $self, $index ) = @_;
    return $self->original($index) . '.ours';
}

sub write_manifest {
    my ( $self, $data ) = @_;
    my $text = Apply::Text::line( $HEAD, 1 );
    $text .= Apply::Text::line( $_, $data->{$_} ) for grep { defined $data->{$_} && $data->{$_} ne q{} } @SCALARS;
    for my $list (qw(restart baseline file step)) {
        $text .= Apply::Text::line( $list, @{$_} ) for @{ $data->{$list} || [] };
    }
    my $path = "$self->{folder}/manifest";
    if ( -e $path ) {
        Apply::Disk::replace( $path, $text );
    }
    else {
        Apply::Disk::create( $path, $text . "\n" x $SPARE );
    }
    return;
}

# The manifest as a hash: the scalars, and each list as an array of arrays. Nothing if there is none.
sub read_manifest {
    my ($self) = @_;
    my $text = Apply::Host::slurp("$self->{folder}/manifest");
    return if !defined $text;
    my ( $head, @records ) = Apply::Text::records($text);
    return if !$head || $head->[0] ne $HEAD;
    my %data = map { $_ => [] } qw(restart baseline file step);
    for my $record (@records) {
        my ( $key, @rest ) = @{$record};
        if ( $data{$key} && ref $data{$key} ) {
            push @{ $data{$key} }, \@rest;
        }
        else {
            $data{$key} = $rest[0];
        }
    }
    return \%data;
}

sub start_phase {
    my ($self) = @_;
    Apply::Disk::create( "$self->{folder}/phase.preparing", q{} );
    return;
}

sub phase {
    my ($self) = @_;
    return ( grep { -e "$self->{folder}/phase.$_" } @PHASES )[0];
}

# From one phase to the next: false where it isn't the one that was thought.
sub move {
    my ( $self, $from, $to ) = @_;
    return Apply::Disk::rename_durably( "$self->{folder}/phase.$from", "$self->{folder}/phase.$to" );
}

sub end_phase {
    my ($self) = @_;
    Apply::Disk::remove_durably("$self->{folder}/phase.$_") for @PHASES;
    return;
}

# True if nothing of it is left. The manifest goes first: what is half deleted is no backup any more.
sub remove {
    my ($self) = @_;
    unlink "$self->{folder}/manifest";
    Apply::Disk::remove_tree( $self->{folder} );
    Apply::Disk::sync_path( $self->{host}->backup_folder );
    return !-e $self->{folder};
}

1;
